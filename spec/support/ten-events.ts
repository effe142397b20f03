/** One chunk of ten events. */
export const TEN_EVENTS = 'data: x\n\n'.repeat(10);
