import tseslint from 'typescript-eslint'

// The rooms and who may import whom (docs/architecture.md). A room may always import itself, `api/` and `src/base/`.
const rooms = {
  base: [],
  bmc: ['firmware'],
  firmware: [],
  kud: [],
  kube: [],
  deploy: [],
  agent: [],
  controllers: ['firmware', 'kud', 'bmc', 'deploy', 'kube'],
  cli: ['controllers', 'firmware', 'kud', 'bmc', 'deploy', 'kube', 'main', 'lab'],
  lab: ['controllers', 'firmware', 'kud', 'bmc', 'deploy', 'kube', 'main'],
}

/** The agent shares the protocol with the deploy room, and nothing else. */
const regexOf = (room, other) => {
  if (other === 'main') return '^(\\.\\./)+main\\.js$'
  return room === 'agent' && other === 'deploy' ? '^(\\.\\./)+deploy/(?!protocol\\.js$)' : `^(\\.\\./)+${other}/`
}

const everyRoom = [...Object.keys(rooms), 'main']

/** Forbids, in each room, the imports that the arrows do not allow. */
const arrows = Object.entries(rooms).map(([room, allowed]) => ({
  files: [`src/${room}/**/*.ts`],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...everyRoom
            .filter(other => other !== room && other !== 'base' && !allowed.includes(other))
            .map(other => ({
              regex: regexOf(room, other),
              message: `${room} must not import ${other}: see the arrows in docs/architecture.md`,
            })),
        ],
      },
    ],
  },
}))

/** Pure rooms decide; they may not reach a network, a file, a process or a clock. */
const pure = {
  files: ['src/firmware/**/*.ts', 'src/kud/**/*.ts', 'src/controllers/*/lifecycle.ts'],
  ignores: ['**/*.test.ts', 'src/firmware/data.ts', 'src/kud/data.ts'],
  rules: {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      {
        patterns: [
          { regex: '^node:', message: 'a pure room does no I/O' },
          { regex: '^(axios|undici|fastify|pino|@kubernetes/client-node)', message: 'a pure room does no I/O' },
          { regex: '^(\\.\\./)+(kube|deploy|cli|lab)/', message: 'a pure room imports types, data and base only' },
          { regex: '^(\\.\\./)+bmc/', message: 'a pure room imports only types of bmc', allowTypeImports: true },
        ],
      },
    ],
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'a pure room has no clock' },
      { object: 'Math', property: 'random', message: 'a pure room has no chance' },
    ],
  },
}

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '.lab/**', '.cache/**', 'hack/*.js', 'eslint.config.js'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'the environment is read in src/main.ts and src/cli/ only; pass the value in',
        },
      ],
    },
  },
  ...arrows,
  pure,
  {
    files: ['src/main.ts', 'src/cli/**/*.ts', 'hack/**/*.ts', 'test/**/*.ts', '**/*.test.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
  { files: ['**/vitest.*config.ts'], rules: { 'no-restricted-exports': 'off', 'no-restricted-syntax': 'off' } },
)
