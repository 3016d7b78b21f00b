/** Calls that an etcd has answered since it started, by its own count. */
export interface EtcdCalls {
  readonly range: number;
  readonly txn: number;
  readonly put: number;
}

export async function readEtcdCalls(endpoint: string): Promise<EtcdCalls> {
  const text = await (await fetch(`${endpoint}/metrics`)).text();
  const countOf = (method: string) => {
    const pattern = new RegExp(
      `^grpc_server_handled_total\\{.*grpc_code="OK",grpc_method="${method}".*\\} (\\S+)$`,
      'm',
    );
    return Number(pattern.exec(text)?.[1] ?? 0);
  };
  return { range: countOf('Range'), txn: countOf('Txn'), put: countOf('Put') };
}
