import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came over the wire, dots unstuffed. */
  readonly data: string;
  /** User and password of a login, if there was one. */
  readonly login: string | undefined;
}

export interface FakeSmtp {
  readonly port: number;
  readonly mails: readonly TakenMail[];
  /** How many connections there were. */
  readonly connections: number;
  /** Answers for the next commands that begin so, one each; `hang` says nothing at all. */
  answer(command: string, ...answers: readonly string[]): void;
  close(): Promise<void>;
}

/** A mail server that speaks as much of SMTP (RFC 5321, AUTH PLAIN) as a client needs that sends a mail. */
export async function startFakeSmtp(): Promise<FakeSmtp> {
  const mails: TakenMail[] = [];
  const scripted: { readonly command: string; readonly answer: string }[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.setEncoding('utf8').on('error', () => undefined);
    const mail = { from: '', to: [] as string[], login: undefined as string | undefined };
    let buffered = '';
    let data: string[] | undefined;
    const say = (line: string) => void socket.write(`${line}\r\n`);
    const take = (line: string): void => {
      if (data !== undefined) {
        if (line !== '.') return void data.push(line.replace(/^\./, ''));
        mails.push({ ...mail, to: [...mail.to], data: data.join('\n') });
        data = undefined;
        return say('250 taken');
      }
      const next = scripted.findIndex(({ command }) => line.toUpperCase().startsWith(command));
      if (next >= 0) {
        const [{ answer } = { answer: '' }] = scripted.splice(next, 1);
        return answer === 'hang' ? undefined : say(answer);
      }
      const [verb = ''] = line.toUpperCase().split(' ');
      switch (verb) {
        case 'EHLO':
          return say('250-fake\r\n250-8BITMIME\r\n250 AUTH PLAIN');
        case 'AUTH':
          mail.login = Buffer.from(line.split(' ')[2] ?? '', 'base64')
            .toString('utf8')
            .split('\0')
            .slice(1)
            .join(' ');
          return say('235 welcome');
        case 'MAIL':
          mail.from = /<(.*?)>/.exec(line)?.[1] ?? '';
          return say('250 ok');
        case 'RCPT':
          mail.to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
          return say('250 ok');
        case 'DATA':
          data = [];
          return say('354 go on');
        case 'QUIT':
          say('221 bye');
          return void socket.end();
        default:
          return say('500 what?');
      }
    };
    socket.on('data', (text: string) => {
      const lines = (buffered + text).split('\r\n');
      buffered = lines.pop() ?? '';
      for (const line of lines) take(line);
    });
    say('220 fake');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    get connections() {
      return connections;
    },
    answer(command, ...answers) {
      scripted.push(...answers.map((answer) => ({ command, answer })));
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
