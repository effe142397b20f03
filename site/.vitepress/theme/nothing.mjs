/** Stands in for the parts of the theme that this site has no use for. */
export default () => null;
