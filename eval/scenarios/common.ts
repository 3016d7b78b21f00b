/** How long after the fault an alert is sent: seconds, drawn from between these. */
export const soon = [0.5, 3] as const;
/** The services of a scenario: one alone, or one that asks another. */
export const web = [{ role: 'web' }] as const;
export const shop = [{ role: 'web', asks: 'db' }, { role: 'db' }] as const;
