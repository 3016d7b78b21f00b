import { readdir } from 'node:fs/promises';
import { isDnsLabel } from '../../domain/identity.ts';

/** The tenants that there are or were instances of, by the folder where instances live. */
export async function listTenants(folder: string): Promise<readonly string[]> {
  return (await listFolderNames(folder)).filter(isDnsLabel);
}

/** Names of the folders in a folder, and of links, which may lead to one; none where there is no such folder. */
export async function listFolderNames(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => name)
      .toSorted();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
