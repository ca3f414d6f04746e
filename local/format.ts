// `npm run format`: writes every file the way `npm run check` wants it.

import { runTool } from './run-tool.ts';

await runTool('prettier', ['--write', '--log-level', 'warn', '.']);
