// The committed table is what its sources make, without a network. What breaks if this fails: a
// price was changed by hand, and nobody can say where it is from.

import { describe, expect, it } from 'vitest';
import { CATALOG_VERSION } from '../../../core/pricing/catalog.ts';
import { committedDay, readSources } from '../../../local/price-facts.ts';
import { readFirst } from '../../../local/price-first.ts';
import { readSecond } from '../../../local/price-second.ts';
import { secondFacts } from '../../../local/price-report.ts';
import { complete, dearer, dearerRates, NOTHING } from '../../../local/price-sheet.ts';
import { catalogText } from '../../../local/price-table.ts';
import { stalePricesFiles } from '../../../local/prices.ts';

const sources = readSources(committedDay());

describe('npm run prices -- --check', () => {
  it('finds the committed table as the pinned catalogue and the kept facts make it', () => {
    expect(stalePricesFiles(sources)).toEqual([]);
  });

  it('finds a fact that was changed without making the table again', () => {
    const [, ...decided] = sources.decided;
    expect(stalePricesFiles({ ...sources, decided })).toContain('core/pricing/catalog.json');
  });

  it('gives a changed table another version', () => {
    const [own] = sources.own;
    const changed = catalogText({ ...sources, own: own === undefined ? [] : [own] });
    expect(changed).not.toContain(CATALOG_VERSION);
    expect(changed).toContain(`"version": "${committedDay()}-`);
  });

  it('says which listed name no catalogue knows any more', () => {
    const listed = { ...sources.listed, openai: ['gpt-0'] };
    expect(() => catalogText({ ...sources, listed })).toThrow('gpt-0');
  });
});

describe('every row of our own', () => {
  it.each([...sources.own, ...sources.decided])('$kind has its source and its day: $why', (row) => {
    expect(URL.canParse(row.source)).toBe(true);
    expect(row.seen).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(row.read.length).toBeGreaterThan(5);
    expect(row.why.length).toBeGreaterThan(10);
  });
});

describe('two catalogues', () => {
  it('make the dearer of each rate', () => {
    expect(dearerRates({ input: 3, output: 10 }, { input: 2, output: 12 })).toEqual({
      input: 3,
      output: 12,
    });
  });

  it('do not make a discount that only one of them knows', () => {
    expect(dearerRates({ input: 3 }, { input: 3, cachedInput: 1 })).toEqual({ input: 3 });
    expect(dearerRates({ input: 3 }, { input: 3, inputAudio: 30 })).toEqual({
      input: 3,
      inputAudio: 30,
    });
  });

  it('make one threshold of two that are one token apart, the lower', () => {
    const at = (aboveInputTokens: number, input: number) => ({
      ...NOTHING,
      rates: { input: 1 },
      longContext: [{ aboveInputTokens, rates: { input } }],
    });
    const merged = dearer(at(271_999, 5), at(272_000, 6)).longContext;
    expect(merged).toMatchObject([{ aboveInputTokens: 271_999, rates: { input: 6 } }]);
  });

  it('leave no rate of a long call below the usual one', () => {
    const sheet = complete({
      rates: { input: 10, cachedInput: 2, output: 40 },
      longContext: [{ aboveInputTokens: 100, rates: { input: 20, output: 30 } }],
      tiers: {},
    });
    expect(sheet.longContext[0]?.rates).toEqual({ input: 20, cachedInput: 4, output: 40 });
  });

  it('are not believed about a fast tier that costs no more', () => {
    const tiers = { priority: { input: 10, output: 40 }, flex: { input: 5 } };
    const sheet = complete({ rates: { input: 10, output: 40 }, longContext: [], tiers });
    expect(sheet.tiers).toEqual({ flex: { input: 5, output: 40 } });
  });
});

describe('the first catalogue', () => {
  it('is read at the day that is asked for, and dearer where more is announced', () => {
    const outputOn = (day: string) =>
      readFirst('mistral', day).byName.get('mistral-medium-latest')?.sheet.rates.output;
    expect([outputOn('2026-01-01'), outputOn('2026-12-01')]).toEqual([7_500_000, 7_500_000]);
    const lunaOn = (day: string) =>
      readFirst('openai', day).byName.get('gpt-5.6-luna')?.sheet.rates.output;
    expect([lunaOn('2026-07-29'), lunaOn('2026-07-30')]).toEqual([6_000_000, 1_200_000]);
  });

  it('leaves out what is sold by the page or by the minute of a film', () => {
    const { byName, isPassedOver } = readFirst('mistral', committedDay());
    expect([byName.has('mistral-ocr-latest'), isPassedOver('mistral-ocr-latest')]).toEqual([
      false,
      true,
    ]);
  });
});

describe('the second catalogue', () => {
  const file = {
    sample_spec: { litellm_provider: 'one of them' },
    'gpt-9': {
      litellm_provider: 'openai',
      mode: 'chat',
      input_cost_per_token: 1e-6,
      output_cost_per_token: 4e-6,
      input_cost_per_token_flex: 5e-7,
      output_cost_per_token_flex: 2e-6,
      input_cost_per_token_above_200k_tokens: 2e-6,
      input_cost_per_token_above_200k_tokens_priority: 3e-6,
    },
    'gpt-4o': {
      litellm_provider: 'openai',
      mode: 'chat',
      input_cost_per_token: 2.5e-6,
      cache_read_input_token_cost: 1.25e-6,
      output_cost_per_token: 1e-5,
    },
    'ft:gpt-9': { litellm_provider: 'openai', mode: 'chat', input_cost_per_token: 1e-6 },
    'gemini/free': { litellm_provider: 'gemini', mode: 'chat', input_cost_per_token: 0 },
    'other/x': { litellm_provider: 'other', mode: 'chat', input_cost_per_token: 1e-6 },
  };

  it('is read with its tiers and lengths, and without what nobody could be charged for', () => {
    const read = readSecond(file);
    expect([...read.openai.keys(), ...read.google.keys()]).toEqual(['gpt-9', 'gpt-4o']);
    expect(read.openai.get('gpt-9')).toEqual({
      rates: { input: 1_000_000, output: 4_000_000 },
      tiers: { flex: { input: 500_000, output: 2_000_000 } },
      longContext: [
        {
          aboveInputTokens: 200_000,
          rates: { input: 2_000_000, output: 8_000_000 },
          tiers: { priority: { input: 3_000_000, output: 12_000_000 } },
        },
      ],
    });
  });

  it('is forgotten where it says the same as the first', () => {
    const about = { from: 'a test', day: '2026-11-21' };
    const facts = secondFacts(JSON.stringify(file), about, committedDay(), {});
    expect(Object.keys(facts.rows.openai ?? {})).toEqual(['gpt-9']);
    expect(facts.agrees).toBe(1);
  });
});
