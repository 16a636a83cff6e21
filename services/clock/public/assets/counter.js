import { showConnection, showOrigin } from '/assets/elements.js';
import { byId } from '/assets/page.js';
import { openStream } from '/client/stream.js';

const counter = byId('counter', HTMLOutputElement);
let close = () => {};

byId('connect', HTMLButtonElement).addEventListener('click', () => {
  close();
  counter.value = '–';
  const stream = openStream('/counterEvent', {
    // the server counts for each connection on its own
    isShared: false,
    onEvent({ name, data }) {
      if (name === 'message') counter.value = String(JSON.parse(data).counter);
    },
    onStatus: showConnection,
  });
  close = () => stream.close();
});

byId('stop', HTMLButtonElement).addEventListener('click', () => close());

showOrigin();
