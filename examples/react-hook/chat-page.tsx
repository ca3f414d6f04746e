// A page with the hook: a list of messages, a text field that prepares while the visitor types, and
// what the proof is doing.

import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createFetch } from '../../dist/client/index.js';
import { proofWords, useProtectedChat } from './use-protected-chat.ts';

let say: (words: string) => void = () => undefined;

const protectedFetch = createFetch({
  gateway: location.origin,
  protect: ['/api/chat'],
  onProof: (state) => say(proofWords(state)),
});

function Chat() {
  const [words, setWords] = useState('');
  const [proof, setProof] = useState('');
  say = setProof;
  const chat = useProtectedChat({ fetch: protectedFetch, url: '/api/chat', model: 'gpt-4o-mini' });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        setWords('');
        void chat.send(words);
      }}
    >
      <ol>
        {chat.messages.map(({ role, content }, index) => (
          <li key={index} data-role={role}>
            {content}
          </li>
        ))}
      </ol>
      <p role="status">{chat.failure ?? proof}</p>
      <label>
        Message{' '}
        <input
          value={words}
          onFocus={chat.prepare}
          onChange={(event) => {
            chat.prepare();
            setWords(event.target.value);
          }}
        />
      </label>
      {chat.isAnswering ? (
        <button type="button" onClick={chat.stop}>
          Stop
        </button>
      ) : (
        <button>Send</button>
      )}
    </form>
  );
}

const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<Chat />);
