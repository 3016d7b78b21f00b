import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LoadedConfig } from '../config/load-config.ts';
import { describeThrown, HomeostatError, HomeostatErrors, readOrNote } from '../domain/failure.ts';
import type { EtcdConnection } from '../state/etcd-connection.ts';
import { findServers } from './server-addresses.ts';

/**
 * How to reach etcd, by the configuration: where it is, who we are, and the certificates as text. Throws
 * `HomeostatErrors` with every file that cannot be read or is not what its field says, and with what `findServers` throws.
 */
export function toEtcdConnection(config: LoadedConfig): EtcdConnection {
  const { username, password, caFile, certFile, keyFile } = config.etcd;
  const faults: HomeostatError[] = [];
  const readPem = <Parsed>(field: string, file: string | undefined, what: string, parse: (pem: string) => Parsed) =>
    file === undefined ? undefined : readOrNote(faults, () => toPem(field, file, what, parse));
  const endpoints = readOrNote(faults, () => findServers(config).etcd.endpoints);
  const ca = readPem('etcd.caFile', caFile, 'certificate', toCertificate);
  const cert = readPem('etcd.certFile', certFile, 'certificate', toCertificate);
  const key = readPem('etcd.keyFile', keyFile, 'private key', createPrivateKey);
  if (cert !== undefined && key !== undefined && !cert.parsed.checkPrivateKey(key.parsed)) {
    const remedy = 'name the certificate and the key that belong together';
    faults.push(new HomeostatError('INVALID_CONFIG', { path: 'etcd.keyFile', problem: notOfCertificate, remedy }));
  }
  if (endpoints === undefined || faults.length > 0) throw new HomeostatErrors(faults);
  return {
    endpoints,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(ca === undefined ? {} : { ca: ca.pem }),
    ...(cert === undefined ? {} : { cert: cert.pem }),
    ...(key === undefined ? {} : { key: key.pem }),
  };
}

const notOfCertificate = 'is not the key of etcd.certFile';

const toCertificate = (pem: string) => new X509Certificate(pem);

/** A file's text and what it says. gRPC takes a broken authority without a word, and then trusts nobody. */
function toPem<Parsed>(field: string, file: string, what: string, parse: (pem: string) => Parsed) {
  const invalid = (problem: string, remedy: string, cause: unknown) =>
    new HomeostatError('INVALID_CONFIG', { path: field, problem, got: file, remedy, cause });
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(`cannot be read: ${describeThrown(error)}`, 'name a file that you may read', error);
  }
  try {
    return { pem, parsed: parse(pem) };
  } catch (error) {
    throw invalid(`holds no ${what} as PEM: ${describeThrown(error)}`, `name a PEM file with a ${what}`, error);
  }
}
