// Every rule of `doctor`, in the order in which it tells them, and what a deployment does not go
// past.

import type { Facts, Finding, Rule } from './finding.ts';
import { SEVERITIES } from './finding.ts';
import { failModes, policyIsMeant, policyLoads, realmIsOwn, streamingIsNotSeen } from './policy.ts';
import {
  apiKeysAreFresh,
  gatewayIsWell,
  sameTime,
  sameVersion,
  seenModelsHavePrices,
} from './running.ts';
import { proofKeysAreFresh, proofKeysAreGood, providerKeysAreSet } from './secrets.ts';
import {
  fileIsRead,
  flagsAreSet,
  noSecretInVars,
  notLocal,
  objectsAreBound,
} from './worker-config.ts';
import {
  filesAnswerLast,
  noSecondAddress,
  originIsLocked,
  routeIsBound,
  routesAreWhole,
} from './zone.ts';

const RULES = [
  fileIsRead,
  routesAreWhole,
  routeIsBound,
  noSecondAddress,
  filesAnswerLast,
  originIsLocked,
  flagsAreSet,
  objectsAreBound,
  noSecretInVars,
  notLocal,
  policyLoads,
  realmIsOwn,
  proofKeysAreGood,
  proofKeysAreFresh,
  providerKeysAreSet,
  gatewayIsWell,
  sameVersion,
  sameTime,
  apiKeysAreFresh,
  seenModelsHavePrices,
  policyIsMeant,
  failModes,
  streamingIsNotSeen,
] as const satisfies readonly Rule[];

/** What is worst first. */
export const findingsOf = (facts: Facts): readonly Finding[] =>
  RULES.flatMap((rule: Rule) => rule(facts)).sort(
    (one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity),
  );
