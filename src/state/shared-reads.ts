/**
 * Reads of groups that many ask for at once, such as all there is of a tenant: whoever comes while one is under way shares
 * the next with all others who do, and that begins after they came, so nobody gets an answer older than the question.
 */
export function createSharedReads<Answer>(
  read: (group: string) => Promise<Answer>,
): (group: string) => Promise<Answer> {
  const underWay = new Map<string, Reading<Answer>>();
  const begin = (group: string): Promise<Answer> => {
    const reading: Reading<Answer> = { answer: read(group) };
    underWay.set(group, reading);
    const end = () => {
      if (underWay.get(group) === reading) underWay.delete(group);
    };
    // What became of it is for those who asked.
    reading.answer.then(end, end);
    return reading.answer;
  };
  return (group) => {
    const reading = underWay.get(group);
    if (reading === undefined) return begin(group);
    const beginNext = () => begin(group);
    return (reading.next ??= reading.answer.then(beginNext, beginNext));
  };
}

interface Reading<Answer> {
  readonly answer: Promise<Answer>;
  /** The one after it, as soon as somebody waits for that. */
  next?: Promise<Answer>;
}
