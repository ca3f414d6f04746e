// `npm run weighbridge -- <verb>`: the command line of whoever operates a gateway. Changes nothing
// without being told to, and nothing at all of a gateway but through its operator API.

import { runCommand } from './program.ts';

process.exitCode = await runCommand(process.argv.slice(2));
