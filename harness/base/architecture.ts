// SPDX-License-Identifier: MIT

/** Of the kernels that are built and tested; what results of before are of, which name none. */
export const ARCHITECTURE = 'x86_64';
