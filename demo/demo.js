// The demo chat: an ordinary page that posts to its own `/api/chat`. The script tag before this one
// adds the proof; this file shows what it reports and what the gateway's receipt says. It keeps the
// conversation in memory only, and never shows raw JSON.

const PATH = '/api/chat';
const ANSWER_TOKENS_MAX = 800;
const HISTORY_CHARACTERS_MAX = 7_000;
const EVENT_CHARACTERS_MAX = 1_048_576;

const $ = (selector, within = document) => within.querySelector(selector);
const make = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
const field = $('#message');
const page = document.documentElement;
/** What the model is told of the conversation. */
let messages = [];
/** The turn in progress: its node, what it carries, how to leave it. */
let running = null;
/** Is the reader at the end, so that the page should stay there? */
let followsEnd = false;

/** Integer nano-dollars, cut (never rounded up) to so many decimals. */
function usd(nanoUsd, decimals = 9) {
  const digits = String(Math.max(0, Math.trunc(nanoUsd))).padStart(10, '0');
  const fraction = digits.slice(-9).slice(0, decimals).replace(/0+$/, '').padEnd(2, '0');
  return `$${digits.slice(0, -9)}.${fraction}`;
}

const clock = { weekday: 'short', hour: '2-digit', minute: '2-digit' };
const COUNTED = { provider: 'by the provider', counted: 'by the gateway', hold: 'hold kept' };

/** What to do next. The gateway's own sentences come before it. */
function adviceFor(status, waitSeconds) {
  if (status === 402) return 'Come back when the budget resets. A cheaper model may still fit.';
  if (status === 429) return `Wait ${waitSeconds || 'a few'} s, then try again.`;
  if (status === 401 || status === 403) return 'Reload the page, or pick another model.';
  if (status === 503) return 'Try again in a little while.';
  if (status >= 500) return 'Nothing you wrote is wrong. Try again, or pick another model.';
  return 'Shorten the message, or start a new conversation.';
}

function say({ node }, text) {
  $('.weighing', node).hidden = text === '';
  $('.weighing span', node).textContent = text;
  $('#status').textContent = text;
}

/** Text with ``` blocks. Everything is text, nothing is markup. */
function drawWords({ node, text }) {
  const parts = text.split(/^```[^\n]*\n?/m).map((part) => part.trim());
  $('.words', node).replaceChildren(
    ...parts.map((part, at) => (at % 2 ? make('pre', part) : part)),
  );
}

const proofText = ({ milliseconds, hashes, ahead }) =>
  `${milliseconds} ms${ahead ? ' ahead' : ''}, ${hashes.toLocaleString('en')} hashes`;

function drawTicket({ node, proof, requestId }, receipt) {
  const { costNanoUsd: cost = 0, heldNanoUsd: held = 0, usage, usageSource, budget } = receipt;
  const back = held > cost ? `, ${usd(held - cost)} given back` : '';
  $('.verdict', node).replaceChildren(make('strong', usd(cost)), ` of ${usd(held)} held${back}`);
  const facts = {
    Tokens: usage && `${usage.inputTokens} in, ${usage.outputTokens} out`,
    Counted: COUNTED[usageSource] ?? usageSource,
    Proof: proof && proofText(proof),
    Request: receipt.requestId ?? requestId,
  };
  for (const [name, text] of Object.entries(facts)) {
    const row = make('div', '');
    row.append(make('dt', name), make('dd', text ?? '–'));
    $('dl', node).append(row);
  }
  $('.ticket', node).hidden = false;
  const bar = $('.scale span', node);
  bar.getBoundingClientRect(); // drawn full first, so that it shrinks to what was settled
  bar.style.setProperty('--share', `${held > 0 ? Math.min(100, (100 * cost) / held) : 0}%`);
  if (budget) drawBudget(budget);
}

function drawBudget({ capNanoUsd, leftNanoUsd, resetsAtMs }) {
  const [left, cap] = [usd(leftNanoUsd, 6), usd(capNanoUsd, 6)];
  const at = new Date(resetsAtMs).toLocaleString('en-GB', clock);
  const resets = resetsAtMs ? `, resets ${at}` : '';
  $('#budget-text').replaceChildren(make('strong', left), ` of ${cap} left${resets}`);
  const meter = $('#budget-meter');
  meter.hidden = false;
  const values = { valuemax: capNanoUsd, valuenow: leftNanoUsd, valuetext: `${left} of ${cap}` };
  for (const [name, value] of Object.entries(values)) meter.setAttribute(`aria-${name}`, value);
  meter.style.setProperty('--share', `${capNanoUsd > 0 ? (100 * leftNanoUsd) / capNanoUsd : 0}%`);
}

function drawNotice(turn, title, detail, advice, { code, again = true, calm = false } = {}) {
  const notice = $('.notice', turn.node);
  $('h4', notice).textContent = title;
  $('.detail', notice).textContent = detail ?? '';
  $('.advice', notice).textContent = advice;
  $('.facts', notice).textContent = [code, turn.requestId].filter(Boolean).join(' · ');
  $('button', notice).hidden = !again;
  $('button', notice).onclick = () => running === null && void ask(turn.question, turn);
  notice.classList.toggle('calm', calm);
  notice.hidden = false;
}

const brokeOff = (turn, detail) =>
  drawNotice(turn, 'The answer broke off', detail, 'Try again to get a whole one.');

/** Server-sent events, whatever the chunks and line ends. */
async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  let event = { name: '', data: [] };
  for (let done = false, value; !done;) {
    ({ done, value } = await reader.read());
    buffer += value ?? '\n\n';
    if (buffer.length > EVENT_CHARACTERS_MAX) throw new Error('an event without an end');
    // A return at the very end may be half of a line end: it waits for the next chunk.
    const lines = buffer.split(/\r\n|\n|\r(?!$)/);
    buffer = lines.pop();
    for (const line of lines) {
      if (line.startsWith('event:')) event.name = line.slice(6).trim();
      if (line.startsWith('data:')) event.data.push(line.slice(5).replace(/^ /, ''));
      if (line !== '') continue;
      if (event.data.length > 0) yield { name: event.name, data: event.data.join('\n') };
      event = { name: '', data: [] };
    }
  }
}

/** JSON that may be anything, as an object. */
const parse = async (text) => Object(await new Response(text).json().catch(() => null));

async function readAnswer(turn, response) {
  let ended = false;
  for await (const { name, data } of readEvents(response.body)) {
    if (data === '[DONE]') ended = true;
    const { choices, error, ...receipt } = await parse(data);
    if (name === 'weighbridge-receipt') drawTicket(turn, receipt);
    if (error) return brokeOff(turn, error.message);
    const words = choices?.[0]?.delta?.content ?? '';
    if (words === '') continue;
    if (turn.text === '') say(turn, '');
    turn.text += words;
    drawWords(turn);
  }
  if (!ended) brokeOff(turn, 'The connection ended before the answer did.');
}

async function explainRefusal(turn, response) {
  const { code, title, detail, error, retryable } = await parse(await response.text());
  const { status, headers } = response;
  const proof = code?.startsWith('proof_') && 'The gateway did not take this browser’s proof.';
  const words = proof || (detail ?? error?.message);
  const again = Boolean(proof || retryable || status === 429 || status >= 500);
  const advice = adviceFor(status, headers.get('Retry-After'));
  drawNotice(turn, title ?? `Refused (${status})`, words, advice, { code, again });
}

function explainFailure(turn, stopped) {
  const paid = turn.proof ? 'You pay for what was made, at most the hold.' : 'Nothing was sent.';
  if (stopped) drawNotice(turn, 'Stopped', paid, '', { calm: true });
  else if (turn.text !== '') brokeOff(turn, 'The connection was lost.');
  else drawNotice(turn, 'The gateway cannot be reached', '', 'Check your connection.');
}

const WORDS = { retry: 'Weighing once more…', human: 'Please confirm that you are human…' };
const HINT = $('#hint').textContent;
const READY = 'Weighed ahead: the next message goes at once';
const READY_MILLISECONDS = 75_000;

addEventListener('weighbridge:proof', ({ detail }) => {
  const { state, path, progress } = detail;
  if (path !== PATH) return;
  if (state === 'prepared' || state === 'sent') drawHint(state);
  if (running === null) return;
  if (WORDS[state]) say(running, WORDS[state]);
  // For eyes only: a screen reader need not hear every step.
  if (progress) $('.weighing span', running.node).textContent = `Weighing… ${percent(progress)}`;
  if (state !== 'sent') return;
  running.proof = detail;
  say(running, 'Weighed. Waiting for the first words…');
});

let stale;

function drawHint(state) {
  clearTimeout(stale);
  $('#hint').dataset.state = state;
  $('#hint').textContent = state === 'prepared' ? READY : HINT;
  if (state === 'prepared') stale = setTimeout(drawHint, READY_MILLISECONDS, 'sent');
}

const percent = (share) => `${Math.round(100 * share)} %`;

/** The newest messages that fit. */
function historyWith(question) {
  const history = [...messages, { role: 'user', content: question }];
  const length = () => history.reduce((sum, { content }) => sum + content.length, 0);
  while (history.length > 1 && length() > HISTORY_CHARACTERS_MAX) history.shift();
  return history;
}

function openTurn(question, old) {
  const stamp = (id) => $(id).content.firstElementChild.cloneNode(true);
  const node = stamp('#answer-template');
  $('h3', node).textContent = $('#model').value;
  const asked = stamp('#question-template');
  $('.words', asked).textContent = question;
  for (const again of document.querySelectorAll('.notice button')) again.hidden = true;
  if (old) old.node.replaceWith(node);
  else $('#conversation').append(asked, node);
  return { question, node, text: '', before: messages, leaving: new AbortController() };
}

async function ask(question, old) {
  messages = old?.before ?? messages;
  const turn = (running = openTurn(question, old));
  const { signal } = turn.leaving;
  const history = historyWith(question);
  const model = $('#model').value;
  followsEnd = true;
  setBusy(true);
  say(turn, 'Weighing…');
  const options = { stream: true, stream_options: { include_usage: true } };
  const body = { model, messages: history, ...options, max_completion_tokens: ANSWER_TOKENS_MAX };
  const headers = { 'Content-Type': 'application/json', 'Weighbridge-Receipt': '1' };
  try {
    const given = { method: 'POST', headers, body: JSON.stringify(body), signal };
    const response = await fetch(PATH, given);
    turn.requestId = response.headers.get('Weighbridge-Request-Id');
    await (response.ok ? readAnswer : explainRefusal)(turn, response);
  } catch {
    explainFailure(turn, signal.aborted);
  }
  if (turn.text !== '') messages = [...history, { role: 'assistant', content: turn.text }];
  say(turn, '');
  running = null;
  setBusy(false);
}

function setBusy(busy) {
  $('#conversation').setAttribute('aria-busy', busy);
  $('#welcome').hidden = true;
  $('#send').hidden = $('#restart').hidden = busy;
  $('#stop').hidden = !busy;
  field.focus();
}

function submit(event) {
  event.preventDefault();
  const question = field.value.trim();
  if (question === '' || running !== null) return;
  field.value = '';
  void ask(question);
}

$('#composer').addEventListener('submit', submit);
field.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event);
});
addEventListener('keydown', ({ key }) => key === 'Escape' && running?.leaving.abort());
$('#stop').addEventListener('click', () => running?.leaving.abort());
$('#restart').addEventListener('click', () => {
  messages = [];
  $('#conversation').replaceChildren();
  $('#welcome').hidden = false;
  $('#restart').hidden = true;
  field.focus();
});
addEventListener('scroll', () => (followsEnd = innerHeight + scrollY > page.scrollHeight - 80));
new ResizeObserver(() => followsEnd && scrollTo(0, page.scrollHeight)).observe($('#conversation'));
// Whoever points at a question is about to ask it.
for (const type of ['pointerover', 'focusin']) {
  $('.ideas').addEventListener(type, () => void window.weighbridge?.prepare(PATH));
}
$('.ideas').addEventListener('click', ({ target }) => {
  if (target.matches('button')) void ask(target.textContent);
});
field.focus();
