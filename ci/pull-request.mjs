// SPDX-License-Identifier: MIT
// `npm run pull-request -- --base REVISION`: what a change does to the series it touches.
import { register } from 'tsx/esm/api';

register();
await import('./pull-request/pull-request.ts');
