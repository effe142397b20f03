/** The number of the message whose event has that id: an id is `<epoch>-<number>`, and an epoch is a life of what keeps the messages. */
export const numberOf = (eventId: string): string => eventId.slice(eventId.lastIndexOf('-') + 1);
