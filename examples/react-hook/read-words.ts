// The words of a streamed chat completion, piece by piece. It reads server-sent events and nothing
// else, whatever the chunks they arrive in.

const EVENT_CHARACTERS_MAX = 1_048_576;

export async function* readWords(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  try {
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) return;
      buffer += value;
      if (buffer.length > EVENT_CHARACTERS_MAX) throw new Error('an event without an end');
      const lines = buffer.split('\n');
      buffer = lines.pop() ?? '';
      for (const line of lines) {
        const data = /^data: ?(.*?)\r?$/.exec(line)?.[1];
        if (data === '[DONE]') return;
        const words = data === undefined ? '' : wordsOf(data);
        if (words !== '') yield words;
      }
    }
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
}

type Chunk = { choices?: { delta?: { content?: unknown } }[]; error?: { message?: unknown } };

function wordsOf(data: string): string {
  const { choices, error } = JSON.parse(data) as Chunk;
  if (error !== undefined) throw new Error(String(error.message));
  const content = choices?.[0]?.delta?.content;
  return typeof content === 'string' ? content : '';
}
