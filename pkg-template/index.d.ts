export class TokenwellError extends Error {}
