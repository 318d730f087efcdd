// SPDX-License-Identifier: MIT
import tseslint from 'typescript-eslint';

/** The floors of harness/, lowest first: each imports only from those before it. */
const FLOORS = [
  ['base'],
  ['arch'],
  ['ktap', 'kernel-log'],
  ['source', 'kconfig'],
  ['series'],
  ['kernel'],
  ['guest'],
  ['ssh', 'vm'],
  ['run'],
  ['measure'],
  ['trial'],
  ['bisect', 'check', 'compare'],
  ['report'],
  ['cli'],
];

/** QEMU is asked and started by harness/vm alone: all others use the verbs of a VM. */
const PRIVATE_TO_VM = [
  { group: ['**/vm/qmp.ts'], message: 'QMP is private to harness/vm: give Vm a verb.' },
  {
    group: ['**/vm/machine.ts'],
    importNames: ['QEMU', 'qemuArgv', 'countingArgv'],
    message: 'QEMU is started by harness/vm alone.',
  },
];

const floorRules = FLOORS.flatMap((rooms, index) =>
  rooms.map((room) => ({
    files: [`harness/${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...FLOORS.slice(index + 1)
              .flat()
              .map((above) => ({
                group: [`**/${above}/**`],
                message: 'Imports run downwards only.',
              })),
            ...rooms
              .filter((other) => other !== room)
              .map((other) => ({
                group: [`**/${other}/**`],
                message: 'Rooms of one floor do not import from each other.',
              })),
            ...(room === 'vm' ? [] : PRIVATE_TO_VM),
            { group: ['zx', 'zx/*'], message: 'zx lives in ci/ alone.' },
          ],
        },
      ],
    },
  })),
);

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'results/',
      '.kbt/',
      'shards/',
      '**/*.mjs',
      'eslint.config.js',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      'no-console': 'error',
    },
  },
  {
    files: ['{ci,test}/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: PRIVATE_TO_VM }] },
  },
  ...floorRules,
  {
    files: ['harness/**/*.ts'],
    ignores: ['harness/base/process/process.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportDeclaration[source.value=/^(execa|(node:)?child_process)$/]',
          message: 'Processes are started by base/process.ts alone.',
        },
      ],
    },
  },
);
