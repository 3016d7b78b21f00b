import { createECDH, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { toCodedErrors } from '../../../src/domain/failure.ts';
import { toEtcdConnection } from '../../../src/starters/etcd-access.ts';

/** Of the key below, for a hundred years. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIUaizAmBgHNr6FL4olpuoAdsWRDnkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJaG9tZW9zdGF0MCAXDTI2MTEyMzAyMTEyM1oYDzIxMjYxMDMw
MDIxMTIzWjAUMRIwEAYDVQQDDAlob21lb3N0YXQwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARv8DuUkkHOHa3UNRnmlg4KhbQaaaBcMoEDqivOFZTKFjxPdTpVvwHc
U/bAsMfu54tAxv99JaluIoK5ic73HBRKo1MwUTAdBgNVHQ4EFgQULgYseWZefNLD
LkYbfFfDLAD0FDAwHwYDVR0jBBgwFoAULgYseWZefNLDLkYbfFfDLAD0FDAwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA838AFpLDYbB41vVhsiX7
cJqiGRHqQ9LRkjgcwxm4ihUCIQDooUUhdPsLOdQU8Fe35MH7dweIC/4B4w9yfPUk
H6zDdQ==
-----END CERTIFICATE-----
`;
const toPem = (key: ReturnType<typeof createPrivateKey>) => key.export({ format: 'pem', type: 'pkcs8' }) as string;

/** The key whose every byte is 1, so that none need be kept. */
function makeKey(): string {
  const secret = Buffer.alloc(32, 1);
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(secret);
  const point = curve.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const key = { kty: 'EC', crv: 'P-256', d: secret.toString('base64url'), x: x!, y: y! };
  return toPem(createPrivateKey({ format: 'jwk', key }));
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'homeostat-pem-'));
  writeFileSync(join(folder, 'cert.pem'), certificate);
  writeFileSync(join(folder, 'key.pem'), makeKey());
  writeFileSync(join(folder, 'other.pem'), toPem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey));
  writeFileSync(join(folder, 'broken.pem'), certificate.slice(0, 200));
});
afterAll(() => rmSync(folder, { recursive: true }));

const connect = (files: Readonly<Partial<Record<'caFile' | 'certFile' | 'keyFile', string>>>) => {
  const named = Object.fromEntries(Object.entries(files).map(([field, file]) => [field, join(folder, file)]));
  const overrides = {
    dataDir: folder,
    temporal: { address: '127.0.0.1:1' },
    etcd: { endpoints: ['127.0.0.1:1'], ...named },
  };
  return toEtcdConnection(loadConfig({ environment: {}, overrides }));
};

test('certificates and key go to etcd as they stand in their files', () => {
  expect(connect({ caFile: 'cert.pem', certFile: 'cert.pem', keyFile: 'key.pem' })).toEqual({
    endpoints: ['127.0.0.1:1'],
    ca: certificate,
    cert: certificate,
    key: makeKey(),
  });
});

test.each([
  [{ caFile: 'none.pem' }, ['etcd.caFile: cannot be read']],
  [{ caFile: 'broken.pem' }, ['etcd.caFile: holds no certificate as PEM']],
  [{ caFile: 'key.pem' }, ['etcd.caFile: holds no certificate as PEM']],
  [{ certFile: 'cert.pem', keyFile: 'cert.pem' }, ['etcd.keyFile: holds no private key as PEM']],
  [{ certFile: 'cert.pem', keyFile: 'other.pem' }, ['etcd.keyFile: is not the key of etcd.certFile']],
  [
    { certFile: 'key.pem', keyFile: 'broken.pem' },
    ['etcd.certFile: holds no certificate', 'etcd.keyFile: holds no private key'],
  ],
])('%o is refused, naming the field and the way out', (files, said) => {
  let refused: unknown;
  try {
    connect(files);
  } catch (error) {
    refused = error;
  }
  const errors = toCodedErrors(refused);
  expect(errors.map(({ message }) => message)).toEqual(
    said.map((text) => expect.stringContaining(`INVALID_CONFIG ${text}`) as string),
  );
  expect(errors.every(({ remedy }) => remedy !== undefined)).toBe(true);
});
