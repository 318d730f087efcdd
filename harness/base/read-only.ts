// SPDX-License-Identifier: MIT

/** What a schema gives, for reading alone: zod's own types are open to writing. */
export type ReadOnly<T> = T extends object ? { readonly [K in keyof T]: ReadOnly<T[K]> } : T;
