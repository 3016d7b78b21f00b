// shop-web: one page that shows the orders, and of each of the three processes its pid, how often it was started and when
// it was last repaired. The page looks again every second.
import { readFileSync } from 'node:fs';
import { ask, recordStart, serve } from './service.mjs';

const api = process.env.API_URL ?? 'http://127.0.0.1:7402';

const facts = recordStart();
const html = readFileSync(new URL('page.html', import.meta.url), 'utf8');

serve('web', 7403, {
  // Healthy means that this process answers: a broken api is the api's to repair.
  'GET /healthz': async () => ({ body: { ok: true } }),
  'GET /': async () => ({ html }),
  'GET /info': async () => ({ body: facts }),
  'GET /state': async () => {
    const silent = (error) => ({ error: error.message });
    const [behind, shop] = await Promise.all([ask(`${api}/info`).catch(silent), ask(`${api}/orders`).catch(silent)]);
    const processes = {
      web: facts,
      api: behind.api ?? behind,
      db: behind.db ?? { error: 'unknown while the api does not answer' },
    };
    return { body: { processes, ...shop } };
  },
  'POST /orders': async ({ body }) => {
    const order = await ask(`${api}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(await body()),
    });
    return { status: 201, body: order };
  },
});
