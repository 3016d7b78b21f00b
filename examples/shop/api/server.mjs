// shop-api: takes orders and keeps them in the db. What is sold, and where the db is, stands in `config/api.json`, a file
// that the resource's `spec.files` provides.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ask, failure, recordStart, serve } from './service.mjs';

const configFile = 'config/api.json';

const facts = recordStart();
const { database, prices } = readConfig();

serve('api', 7402, {
  'GET /healthz': async () => ({ body: { ok: true } }),
  'GET /info': async () => ({
    body: { api: facts, db: await ask(`${database}/info`).catch((error) => ({ error: error.message })) },
  }),
  'GET /orders': async () => {
    const { entries } = await ask(`${database}/keys`);
    const orders = entries
      .filter(({ key }) => key.startsWith('order-'))
      .map(({ key, value }) => ({ id: key, ...value }));
    return { body: { prices, orders } };
  },
  'POST /orders': async ({ body }) => {
    const { item, quantity = 1 } = (await body()) ?? {};
    if (!Object.hasOwn(prices, item))
      throw failure(400, `not for sale: ${item} — choose one of ${Object.keys(prices).join(', ')}`);
    if (!Number.isInteger(quantity) || quantity < 1 || quantity > 99)
      throw failure(400, 'a quantity is a whole number from 1 to 99');
    const order = {
      item,
      quantity,
      total: Math.round(quantity * prices[item] * 100) / 100,
      time: new Date().toISOString(),
    };
    const id = `order-${randomUUID()}`;
    await ask(`${database}/keys/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
    return { status: 201, body: { id, ...order } };
  },
});

function readConfig() {
  let config;
  try {
    config = JSON.parse(readFileSync(configFile, 'utf8'));
    if (!/^https?:\/\/\S+$/.test(config.database))
      throw new Error('database: must be an address such as http://127.0.0.1:7401');
    if (typeof config.prices !== 'object' || config.prices === null)
      throw new Error('prices: must be an object of item and price');
  } catch (error) {
    console.error(`shop-api: cannot read ${configFile}: ${error.message} — mend spec.files in examples/shop/api.yaml`);
    process.exit(1);
  }
  return config;
}
