// Reads from an answer whether the gateway asks for a proof or did not take the one it got. It
// looks at a copy, only of small JSON with these two statuses, so every other answer stays
// untouched.

export type ProofRefusal = 'proof_required' | 'proof_rejected';

const STATUS_OF: Readonly<Record<ProofRefusal, number>> = {
  proof_required: 401,
  proof_rejected: 403,
};

export const REFUSAL_BYTES_MAX = 16_384;

export async function refusalCode(response: Response): Promise<ProofRefusal | null> {
  if (!mayBeRefusal(response.status, response.headers)) return null;
  return refusalIn(response.status, await readProblem(response.clone()));
}

/** By status and headers. Nothing else is looked into. */
export function mayBeRefusal(status: number, headers: Headers): boolean {
  if (status !== 401 && status !== 403) return false;
  if (!/\bjson\b/i.test(headers.get('Content-Type') ?? '')) return false;
  return Number(headers.get('Content-Length') ?? 0) <= REFUSAL_BYTES_MAX;
}

/** What such an answer says, if it is this. */
export function refusalIn(status: number, problem: unknown): ProofRefusal | null {
  const code = codeOf(problem);
  return code !== null && STATUS_OF[code] === status ? code : null;
}

async function readProblem(copy: Response): Promise<unknown> {
  const reader = copy.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (text.length <= REFUSAL_BYTES_MAX) {
      const part = await reader?.read();
      if (part === undefined || part.done) return JSON.parse(text + decoder.decode());
      text += decoder.decode(part.value, { stream: true });
    }
  } catch {
    return null;
  }
  void reader?.cancel().catch(() => undefined);
  return null;
}

/** A problem has `code`; a dialect with its own error shape has it inside `error`, or as a URI. */
function codeOf(problem: unknown): ProofRefusal | null {
  for (const named of [member(problem, 'code'), member(member(problem, 'error'), 'code')]) {
    if (isProofRefusal(named)) return named;
  }
  const uri = member(problem, 'problem');
  const last = typeof uri === 'string' ? uri.split('/').at(-1) : null;
  return isProofRefusal(last) ? last : null;
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const isProofRefusal = (value: unknown): value is ProofRefusal =>
  value === 'proof_required' || value === 'proof_rejected';
