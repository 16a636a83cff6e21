import { byId, openStream } from './connection.js';

const counter = byId('counter', HTMLOutputElement);
let close = () => {};

byId('connect', HTMLButtonElement).addEventListener('click', () => {
  close();
  counter.value = '–';
  close = openStream('/counterEvent', (source) => {
    source.addEventListener('message', ({ data }) => {
      counter.value = String(JSON.parse(data).counter);
    });
  });
});

byId('stop', HTMLButtonElement).addEventListener('click', () => close());
