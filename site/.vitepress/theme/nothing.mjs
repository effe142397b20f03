/** Replaces the parts of the theme that this site doesn't use. */
export default () => null;
