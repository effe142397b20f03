export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

export const isFunction = (value: unknown): boolean => typeof value === 'function';
