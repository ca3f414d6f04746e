// What contradicts itself in the proofs of a policy: a rule that names what is not configured, a
// rule its callers cannot meet, a rule that ties nothing to the body. Everything is told at once.

import { fromBase64Url } from '../bytes.ts';
import { readAgentKey } from '../proof/agent-key.ts';
import { readIssuerKey } from '../proof/issuer-key.ts';
import { CALLER_CLASSES } from '../proof/requirement.ts';
import { nanoUsdOf } from './limits.ts';
import type { PolicyError } from './policy.ts';
import type { PolicySource } from './schema.ts';

type Source = PolicySource['proof'];
type Rule = NonNullable<Source['rules']>[number];

/** Without one of these a proof that is caught on its way is good for another body. */
const BINDING = ['work', 'device', 'signature'] as const;

function* ruleSentences(rule: Rule, proof: Source, routes: ReadonlySet<string>): Generator<string> {
  for (const id of rule.routes ?? []) if (!routes.has(id)) yield `there is no route "${id}"`;
  const asks = new Set<string>(rule.require);
  if (asks.size < rule.require.length) yield 'asks for the same proof twice';
  if (asks.has('human') && proof.human === undefined) {
    yield 'asks for "human", and proof.human is not set';
  }
  if (asks.has('private-token') && proof.privateToken === undefined) {
    yield 'asks for "private-token", and proof.privateToken is not set';
  }
  const callers = rule.callers ?? CALLER_CLASSES;
  if (asks.has('signature') && callers.some((caller) => caller !== 'agent')) {
    yield 'only agents can sign: write callers: ["agent"]';
  }
  if (asks.has('device') && (callers.includes('key') || callers.includes('agent'))) {
    yield 'a caller with an API key and an agent have no device key: name the callers without them';
  }
  if (!BINDING.some((id) => asks.has(id))) {
    yield 'nothing in it is made for these bytes: add "work", or what signs them';
  }
}

function agentErrors({ agents = [] }: Source): PolicyError[] {
  const errors: PolicyError[] = [];
  const ids = agents.map(({ id }) => id);
  const keyIds = new Set<string>();
  agents.forEach(({ id, publicKey }, index) => {
    const at = `proof.agents[${String(index)}]`;
    if (ids.indexOf(id) !== index) {
      errors.push({ path: `${at}.id`, sentence: `another agent is called "${id}"` });
    }
    const key = readAgentKey(publicKey);
    if (key === null) {
      const sentence = 'is no key: coordinates are 32 bytes in base64url, of a point on the curve';
      errors.push({ path: `${at}.publicKey`, sentence });
    } else if (keyIds.has(key.keyId)) {
      errors.push({ path: `${at}.publicKey`, sentence: 'is the key of another agent' });
    } else {
      keyIds.add(key.keyId);
    }
  });
  return errors;
}

export function proofErrors({ proof, routes }: PolicySource): PolicyError[] {
  const errors: PolicyError[] = agentErrors(proof);
  if (proof.floorHashes > proof.capHashes) {
    errors.push({ path: 'proof.capHashes', sentence: 'must not be below proof.floorHashes' });
  }
  const ids = new Set(routes.map(({ id }) => id));
  (proof.rules ?? []).forEach((rule, index) => {
    for (const sentence of ruleSentences(rule, proof, ids)) {
      errors.push({ path: `proof.rules[${String(index)}]`, sentence });
    }
  });
  const every = proof.human?.every;
  if (typeof every === 'object' && nanoUsdOf(every.usd) === 0) {
    errors.push({ path: 'proof.human.every.usd', sentence: 'must be more than nothing' });
  }
  (proof.privateToken?.publicKeys ?? []).forEach((key, index) => {
    const path = `proof.privateToken.publicKeys[${String(index)}]`;
    const published = fromBase64Url(key);
    if (published === null) {
      errors.push({ path, sentence: 'write the key as base64url without padding' });
    } else if (readIssuerKey(published) === null) {
      const sentence =
        'is no issuer key of token type 2: RSASSA-PSS of 2,048 bits, as RFC 9578 section 8.2.2 has it';
      errors.push({ path, sentence });
    }
  });
  return errors;
}
