import { describe, expect, test } from 'vitest';
import { HomeostatError, showValue } from '../../../src/domain/failure.ts';
import { isSecretName, looksSecret, redactSecrets } from '../../../src/domain/secret-patterns.ts';
import { listSecretReferences, secretVariableOf } from '../../../src/domain/secret-reference.ts';

test.each([
  'password', 'DB_PASSWORD', 'dbPassword', 'db-passwd', 'SECRET', 'clientSecret', 'client_secrets', 'apiKey', 'API_KEY', 'apikey', 'SSH_PRIVATE_KEY', 'accessKey', 'token', 'GITHUB_TOKEN', 'DB_PASS', 'DB_PWD', 'passphrase', 'credentials',
])('%s names a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
}); // prettier-ignore

test.each([
  '', 'secretRef', 'PASSWORD_FILE', 'passwordPolicy', 'tokenUrl', 'maxTokensPerMinute', 'PWD', 'pass', 'key', 'sortKey', 'compass', 'BYPASS', 'secretary', 'description',
])('"%s" names none', (name) => {
  expect(isSecretName(name)).toBe(false);
}); // prettier-ignore

test.each([
  { text: '-----BEGIN PRIVATE KEY-----\nx', reason: 'a private key' },
  { text: 'x\n-----BEGIN OPENSSH PRIVATE KEY-----', reason: 'a private key inside a text' },
  { text: '-----BEGIN PGP PRIVATE KEY BLOCK-----', reason: 'a PGP key' },
  { text: `AKIA${'A1'.repeat(8)}`, reason: "a cloud's access key" },
  { text: `say ghp_${'a'.repeat(36)}`, reason: 'a token of a code host' },
  { text: `sk-ant-${'x'.repeat(20)}`, reason: "a model provider's key" },
  { text: 'redis://:hunter2@cache:6379/0', reason: 'a password in an address' },
  { text: 'Authorization: Bearer abcdefghijklmnop', reason: 'a bearer token' },
  { text: '--db-password=hunter2', reason: 'a password among arguments' },
])('$reason looks like a secret', ({ text }) => {
  expect(looksSecret(text)).toBe(true);
});

test.each([
  { text: '-----BEGIN CERTIFICATE-----', reason: 'a certificate is for everybody' },
  { text: 'https://example.com:8080/a@b', reason: 'an address with a port' },
  { text: 'mail someone@example.com: now', reason: 'a mail address' },
  { text: '--password-file=/run/x', reason: 'the place of a password' },
  { text: 'basket-of-sk-s', reason: 'letters that a key begins with' },
])('$reason looks like none', ({ text }) => {
  expect(looksSecret(text)).toBe(false);
});

test.each([
  { text: 'use ghp_' + 'a'.repeat(40) + ' now', left: 'use [secret] now' },
  { text: 'to postgres://me:pw@db:5432/x it goes', left: 'to [secret]:5432/x it goes' },
  { text: 'a\n-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\nb', left: 'a\n[secret]\nb' },
  { text: 'cut -----BEGIN PRIVATE KEY-----\nabc', left: 'cut [secret]' },
  { text: 'a Bearer 0123456789abcdef0123 b sk-' + 'x'.repeat(30), left: 'a [secret] b [secret]' },
  { text: 'nothing of the kind', left: 'nothing of the kind' },
])('of "$text" is left "$left"', ({ text, left }) => {
  expect(redactSecrets(text)).toBe(left);
});

test.each([
  { text: 'a'.repeat(250_000), reason: 'one long word' },
  { text: 'a://'.repeat(60_000), reason: 'many addresses that are none' },
  { text: 'eyJ-'.repeat(60_000), reason: 'many beginnings of a token' },
  { text: '-----BEGIN '.repeat(20_000), reason: 'many beginnings of a key' },
])('hostile text is looked through to its end: $reason', ({ text }) => {
  expect(looksSecret(text)).toBe(false);
});

describe('an error never shows', () => {
  test.each([
    { path: 'spec.env.DB_PASSWORD', got: 'hunter2', reason: 'the value of a secret field' },
    { path: 'spec.env.DB_PASSWORD[0]', got: 4_711, reason: 'an item of one' },
    { path: 'spec.env', got: { DB_PASSWORD: 'hunter2', PORT: 4_711 }, reason: 'a secret field deep inside' },
    { path: '--token', got: 'hunter2', reason: 'the value of a secret option' },
    { path: 'spec.x', got: 'postgres://a:hunter2@b', reason: 'a text with a password in it' },
  ])('$reason', ({ path, got }) => {
    const { message } = new HomeostatError('INVALID_VALUE', { path, problem: 'is bad', got });
    expect(message).not.toContain('hunter2');
    expect(message).toContain('(not shown: may be a secret)');
  });

  test('more than is secret', () => {
    expect(showValue({ PORT: 4_711, token: { secretRef: 'x' } })).toContain('4711');
    const { message } = new HomeostatError('NOT_FOUND', { path: 'spec.env.X.secretRef', problem: 'none', got: 't2/x' });
    expect(message).toContain('(got t2/x)');
  });
});

test('references are found at every depth, with their place', () => {
  const spec = {
    env: { A: { secretRef: 'a' }, B: 'b' },
    list: [{ secretRef: 'c' }],
    secretRef: 7,
    other: { secretRef: 'x', y: 1 },
  };
  expect(listSecretReferences(spec, 'spec')).toEqual([
    { name: 'a', path: 'spec.env.A.secretRef' },
    { name: 'c', path: 'spec.list[0].secretRef' },
  ]);
});

test('no two secrets share a variable', () => {
  const labels = ['a', 'b', 'a-b', 'a--b', 'default'];
  const names = ['a', 'b', 'a-b', 'b-c'];
  const variables = labels.flatMap((tenant) => names.map((name) => secretVariableOf(tenant, name)));
  expect(new Set(variables).size).toBe(variables.length);
});
