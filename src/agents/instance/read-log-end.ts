import type { ResourceKey } from '../../domain/identity.ts';
import { redactSecrets } from '../../domain/secret-patterns.ts';
import type { Driver } from '../../drivers/driver.ts';

/** Read besides what is wanted: of a secret that is cut nobody sees that it is one. */
const besidesBytes = 8_192;

/** The last characters that an instance wrote, without what looks like a secret. */
export async function readLogEnd(driver: Driver, instance: ResourceKey, characters: number): Promise<string> {
  const text = redactSecrets(await driver.readLogs(instance, characters + besidesBytes));
  return text.slice(-characters).toWellFormed();
}
