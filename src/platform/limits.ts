/** Files of ours grow with the number of accounts; 1,000 accounts with 20 quotas each take some 10 MiB. */
export const OWN_FILE_MAX_BYTES = 64 * 1_048_576
