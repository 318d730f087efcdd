// SPDX-License-Identifier: MIT
// `npm run bench [-- GROUP…]`: what the harness costs, on stdout and in results/.
import { register } from 'tsx/esm/api';

register();
await import('./bench/bench.ts');
