/** What the workflow bundle holds: the workflow types, by the names they are started with. */
export { reconcile } from './reconcile.ts';
export { heal } from './heal.ts';
export { plan } from './plan.ts';
export { sweep } from './sweep.ts';
