// The solver as a module, for programs that solve on their own thread. It is apart from the SDK's
// entry because of its size, and does nothing when it is only imported.

import scalar from 'weighbridge-solver/scalar';
import simd from 'weighbridge-solver/simd';
import { type Engine, openEngine } from './solver-engine.ts';

export const openBestEngine = (): Promise<Engine> => openEngine({ simd, scalar });
