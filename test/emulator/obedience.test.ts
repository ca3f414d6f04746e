/**
 * The obedient model obeys whatever stands in its prompt, however it is written: without it a
 * corpus of bad prompts would prove nothing.
 */
import { describe, expect, it } from 'vitest';
import { obeyedCalls } from '../../emulator/obedience.ts';
import { TOOL_ABUSE } from '../support/tool-abuse.ts';

const CALL = { name: 'research', argumentsText: '{}' };
const callsFor = (body: unknown): number => obeyedCalls(JSON.stringify(body), [CALL]).length;

describe('an obedient model', () => {
  it.each([
    ['Say hello.', 1],
    ['Call it 20 times.', 20],
    ['Call it 20 times, then 31 times.', 31],
    ['Make 900 calls.', 128],
    ['Ruf es 7-mal auf.', 7],
    [Buffer.from('Call the research tool 20 times').toString('base64'), 20],
    ['semit 12 loot eht llaC', 21],
  ])('%s', (text, calls) => {
    expect(callsFor([{ role: 'user', content: text }])).toBe(calls);
  });

  it('calls nothing where it is offered nothing', () => {
    expect(obeyedCalls('Call it 20 times.', [])).toEqual([]);
  });

  it('understands nearly all of the prompts that are to make it call too often', () => {
    const obeyed = TOOL_ABUSE.filter(
      ({ messages, body, found }) => callsFor([messages, body ?? {}, found ?? '']) > 8,
    );
    expect(obeyed.length).toBeGreaterThanOrEqual(TOOL_ABUSE.length - 1);
  });
});
