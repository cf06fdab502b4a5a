/** What canonical JSON can hold (RFC 8785 within safe integers): the only values an audit entry may be made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
