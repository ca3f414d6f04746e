// What becomes of tools that a caller brings: refused, left out, or put aside for those of the
// policy. Names are compared exactly: another case, a blank, a letter that only looks alike is
// another tool. A provider's own tool goes by its kind, and needs the route's `allow` as well.

import type { Anatomy, Keeps } from '../dialects/anatomy.ts';
import type { Json } from '../dialects/json-value.ts';
import type { RouteTools } from '../policy/policy.ts';
import { err, ok } from '../result.ts';
import { checkInputs } from '../tools/check-inputs.ts';
import type { Edit } from './edit.ts';
import { refusal } from './refusal.ts';

const NAME_CHARS_MAX = 64;

const shown = (name: string): string => name.slice(0, NAME_CHARS_MAX);

/** What goes up in the place of the request; or a sentence why it is refused. */
function held(json: Json, rule: RouteTools, anatomy: Anatomy): Json | string {
  const { callers, names, known } = rule;
  const keeps: Keeps = ({ name }) => names === null || names.has(name);
  const brought = anatomy.tools(json);
  switch (callers) {
    case 'refuse':
      return brought.length > 0 ? 'Tools of callers are not taken here.' : json;
    case 'allow': {
      const other = brought.find((tool) => !keeps(tool));
      return other === undefined ? json : `The tool "${shown(other.name)}" is not offered here.`;
    }
    case 'filter':
      return brought.every(keeps) ? json : anatomy.withoutTools(json, keeps);
    case 'pinned': {
      const pinned = [...(names ?? [])].flatMap((name) => known.get(name) ?? []);
      return anatomy.withDefinitions(
        json,
        pinned.map(({ name, description, parameters }) =>
          description === undefined ? { name, parameters } : { name, description, parameters },
        ),
      );
    }
  }
}

export const tools: Edit = {
  name: 'tools',
  edit(json, { tools: rule, dialect: { anatomy } }, isTried = false) {
    if (rule === null || anatomy === undefined) return ok(null);
    const kept = anatomy.keptField(json);
    if (kept !== null && !isTried && (rule.callers !== 'allow' || rule.names !== null)) {
      return err(refusal(kept, 'Tools that the provider keeps are not taken here.'));
    }
    if (rule.inputs === 'cut' && !isTried) {
      const [name] = checkInputs(anatomy.callsBefore(json), rule.known).invalid;
      if (name !== undefined) {
        const sentence = `An earlier call of "${shown(name)}" has an input that does not fit it.`;
        return err(refusal('messages', sentence));
      }
    }
    const next = held(json, rule, anatomy);
    if (typeof next === 'string') return isTried ? ok(null) : err(refusal('tools', next));
    if (next === json) return ok(null);
    const [from, to] = [anatomy.tools(json).length, anatomy.tools(next).length];
    return ok({ json: next, changes: [{ field: 'tools', from, to }] });
  },
};
