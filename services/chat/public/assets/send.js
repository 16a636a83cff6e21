import { byId } from '/assets/page.js';

const TIMEOUT_MS = 40_000;
const NAME_KEY = 'chat name';

const form = byId('send', HTMLFormElement);
const sender = byId('sender', HTMLInputElement);
const message = byId('message', HTMLTextAreaElement);
const outcome = byId('outcome', HTMLElement);
let isSending = false;

async function send() {
  // n.b. a disabled button would lose the focus
  if (isSending) return;
  if (sender.value.trim() === '' || message.value.trim() === '') {
    return say('Your name and a message are needed.', 'bad');
  }
  isSending = true;
  say('Sending');
  message.focus();
  const draft = message.value;
  try {
    const body = JSON.stringify({ sender: sender.value, message: draft });
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch('/messages', { method: 'POST', headers, body, signal });
    if (response.ok) {
      // what was written meanwhile stays
      if (message.value === draft) message.value = '';
      rememberName(sender.value);
      say('Sent.', 'good');
    } else {
      const { message: why } = await response.json();
      say(`Not sent: ${why}`, 'bad');
    }
  } catch {
    say('No answer: see whether it’s there before you send it again.', 'bad');
  } finally {
    isSending = false;
  }
}

/**
 * @param {string} words
 * @param {string} [tone]
 */
function say(words, tone = '') {
  outcome.textContent = words;
  outcome.dataset.tone = tone;
}

/** @param {string} name */
function rememberName(name) {
  try {
    localStorage.setItem(NAME_KEY, name);
  } catch {
    // n.b. a browser may refuse to store anything, and throws
  }
}

function rememberedName() {
  try {
    return localStorage.getItem(NAME_KEY) ?? '';
  } catch {
    return '';
  }
}

// n.b. browsers restore fields when a page is reloaded
if (sender.value === '') sender.value = rememberedName();

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void send();
});

message.addEventListener('input', () => {
  if (!isSending) say('');
});
message.addEventListener('keydown', (event) => {
  // n.b. while an input method composes, Enter is its own
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});
