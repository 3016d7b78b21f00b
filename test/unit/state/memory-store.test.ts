import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { describeStoreContract } from './store-contract.ts';

describeStoreContract('the memory store', async () => createMemoryStore());
