/**
 * What a call's own wishes do to every token's price: tiers, fast mode, geography. A gateway that
 * lets one of them through sees it on this bill. Where a provider names a range, the dearest of it.
 */
export type ServiceTier = 'default' | 'flex' | 'priority';

export function serviceTier(asked: unknown): ServiceTier {
  const name = typeof asked === 'string' ? asked.toLowerCase().replace('service_tier_', '') : '';
  return name === 'flex' || name === 'priority' ? name : 'default';
}

/** OpenAI: half and double; Google: half, and 75 to 100 % more (ai.google.dev, "Optimization"). */
export const TIER_PERCENT: Readonly<Record<ServiceTier, number>> = {
  default: 100,
  flex: 50,
  priority: 200,
};

/** 1.1 × in one geography; fast mode 6 × on Opus 4.6, 2 × on others (platform.claude.com). */
export function claudePercent(model: string, geography: unknown, speed: unknown): number {
  const fast = speed !== 'fast' ? 1 : model === 'claude-opus-4-6' ? 6 : 2;
  return (geography === 'us' ? 110 : 100) * fast;
}
