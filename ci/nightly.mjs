// SPDX-License-Identifier: MIT
// `npm run nightly -- SHARDS…`: of a night's matrix one result, and what broke it.
import { register } from 'tsx/esm/api';

register();
await import('./nightly/nightly.ts');
