/** The two windows that every subscription has, under every name they are told by. */
export const SESSION = { id: 'session', label: 'Session (5 h)', windowSeconds: 18_000 }
export const WEEK_SECONDS = 604_800
export const WEEKLY = { id: 'weekly', label: 'Weekly (all models)', windowSeconds: WEEK_SECONDS }
