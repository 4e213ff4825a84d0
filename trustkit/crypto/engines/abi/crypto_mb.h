uint64_t mbx_get_cpu_features(void);
int mbx_is_crypto_mb_applicable(uint64_t features);
uint32_t mbx_sm2_ecdsa_verify_mb8(const uint8_t *r[8], const uint8_t *s[8], const uint8_t *id[8],
    const int *id_length, const uint8_t *message[8], const int *message_length, const uint64_t *x[8],
    const uint64_t *y[8], const uint64_t *z[8], uint8_t *buffer);
uint64_t mbx_sm3_msg_digest_mb16(const uint8_t *const message[16], int length[16], uint8_t *hash[16]);
