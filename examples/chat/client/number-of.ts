/**
 * Returns the number of the message with this event id. An id is `<epoch>-<number>`; an epoch is one life of the
 * message store.
 */
export const numberOf = (eventId: string): string => eventId.slice(eventId.lastIndexOf('-') + 1);
