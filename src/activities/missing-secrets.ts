import { codedOrThrow, type HomeostatError } from '../domain/failure.ts';
import { listSecretReferences } from '../domain/secret-reference.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { LoadedResource } from './load-resource.ts';

/**
 * The secrets a desired spec names and this runtime does not have, found before anything is begun. Their values are
 * looked up and dropped again.
 */
export async function findMissingSecrets(
  { key, desired }: Pick<LoadedResource, 'key' | 'desired'>,
  readSecret: ActivityDependencies['readSecret'],
): Promise<readonly HomeostatError[]> {
  const errors: HomeostatError[] = [];
  for (const { name, path } of listSecretReferences(desired?.spec, 'spec')) {
    try {
      await readSecret(key.tenant, name);
    } catch (error) {
      errors.push(...codedOrThrow(error).map((one) => one.at(path)));
    }
  }
  return errors;
}
