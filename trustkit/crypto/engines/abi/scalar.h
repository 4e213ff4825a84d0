ssize_t getrandom(void *buffer, size_t length, unsigned int flags);
int memcmp(const void *a, const void *b, size_t length);
