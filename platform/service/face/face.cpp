// Holds the precompiled header that services share.
