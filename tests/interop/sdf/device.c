/*
 * A small device behind the C interface of GM/T 0018, for tests: SM2 keys made when it is opened, kept by libcrypto.
 * Index 1 holds a signing pair and an encryption pair, index 2 a signing pair only. The access code is "trustkit1".
 *
 *   cc -shared -fPIC -DELEMENT=64 device.c -o device.so -l:libcrypto.so.3
 *
 * ELEMENT=32 makes the narrow structures of some vendors. SIGNS_WITH_ANOTHER_KEY, WITHOUT_DECRYPT and BROKEN make devices that must
 * be refused. No header of OpenSSL is needed: what is used is declared here.
 */
#include <stddef.h>
#include <string.h>

typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_pkey_ctx_st EVP_PKEY_CTX;
typedef struct bignum_st BIGNUM;
typedef struct ECDSA_SIG_st ECDSA_SIG;
EVP_PKEY *EVP_PKEY_Q_keygen(void *libctx, const char *propq, const char *type, ...);
EVP_PKEY_CTX *EVP_PKEY_CTX_new(EVP_PKEY *key, void *engine);
void EVP_PKEY_CTX_free(EVP_PKEY_CTX *ctx);
int EVP_PKEY_sign_init(EVP_PKEY_CTX *ctx);
int EVP_PKEY_sign(EVP_PKEY_CTX *ctx, unsigned char *sig, size_t *len, const unsigned char *tbs, size_t tbslen);
int EVP_PKEY_decrypt_init(EVP_PKEY_CTX *ctx);
int EVP_PKEY_decrypt(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *outlen, const unsigned char *in, size_t inlen);
int EVP_PKEY_get_octet_string_param(const EVP_PKEY *key, const char *name, unsigned char *buf, size_t max, size_t *len);
ECDSA_SIG *d2i_ECDSA_SIG(ECDSA_SIG **sig, const unsigned char **pp, long len);
void ECDSA_SIG_get0(const ECDSA_SIG *sig, const BIGNUM **r, const BIGNUM **s);
void ECDSA_SIG_free(ECDSA_SIG *sig);
int BN_bn2binpad(const BIGNUM *a, unsigned char *to, int tolen);

#define SDR_COMMFAIL 0x01000003
#define SDR_KEYNOTEXIST 0x01000008
#define SDR_SKOPERR 0x0100000C
#define SDR_STEPERR 0x01000010
#define SDR_PRKRERR 0x01000018
#define SDR_INARGERR 0x0100001D
#define KEYS 2
#define SESSIONS 32

#pragma pack(1)
typedef struct { unsigned char issuer[40], name[16], serial[16]; unsigned int version, standard, asym[2], sym, hash, buffer; } DEVICEINFO;
typedef struct { unsigned int bits; unsigned char x[ELEMENT], y[ELEMENT]; } ECCrefPublicKey;
typedef struct { unsigned char r[ELEMENT], s[ELEMENT]; } ECCSignature;
typedef struct { unsigned char x[ELEMENT], y[ELEMENT], M[32]; unsigned int L; unsigned char C[1]; } ECCCipher;
#pragma pack()

static EVP_PKEY *signing[KEYS], *encryption[KEYS], *other;
static unsigned char open_sessions[SESSIONS], granted[SESSIONS][KEYS];
static int device;

static int slot(void *session) { return (int)((unsigned char *)session - open_sessions); }
static int known(void *session) { int n = slot(session); return n >= 0 && n < SESSIONS && open_sessions[n]; }

int SDF_OpenDevice(void **handle)
{
#ifdef BROKEN
    (void)handle;
    return SDR_COMMFAIL;
#endif
    for (int i = 0; i < KEYS && signing[i] == NULL; i++)
        signing[i] = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    if (encryption[0] == NULL)
        encryption[0] = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    if (other == NULL)
        other = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    *handle = &device;
    return signing[0] != NULL && encryption[0] != NULL ? 0 : SDR_SKOPERR;
}

int SDF_CloseDevice(void *handle) { return handle == &device ? 0 : SDR_INARGERR; }

int SDF_OpenSession(void *handle, void **session)
{
    if (handle != &device)
        return SDR_INARGERR;
    for (int i = 0; i < SESSIONS; i++)
        if (!__sync_val_compare_and_swap(&open_sessions[i], 0, 1)) {
            memset(granted[i], 0, KEYS);
            *session = &open_sessions[i];
            return 0;
        }
    return SDR_COMMFAIL;
}

int SDF_CloseSession(void *session)
{
    if (!known(session))
        return SDR_INARGERR;
    open_sessions[slot(session)] = 0;
    return 0;
}

int SDF_GetDeviceInfo(void *session, DEVICEINFO *info)
{
    if (!known(session))
        return SDR_INARGERR;
    memset(info, 0, sizeof *info);
    strcpy((char *)info->issuer, "trustkit tests");
    strcpy((char *)info->name, "device.c");
    strcpy((char *)info->serial, "20261125001\x07\x80");
    info->standard = 1;
    return 0;
}

int SDF_GetPrivateKeyAccessRight(void *session, unsigned int index, unsigned char *password, unsigned int length)
{
    if (!known(session))
        return SDR_INARGERR;
    if (index < 1 || index > KEYS)
        return SDR_KEYNOTEXIST;
    if (length != 9 || memcmp(password, "trustkit1", 9) != 0)
        return SDR_PRKRERR;
    granted[slot(session)][index - 1] = 1;
    return 0;
}

int SDF_ReleasePrivateKeyAccessRight(void *session, unsigned int index)
{
    if (!known(session) || index < 1 || index > KEYS)
        return SDR_INARGERR;
    granted[slot(session)][index - 1] = 0;
    return 0;
}

static int export(void *session, EVP_PKEY **keys, unsigned int index, ECCrefPublicKey *key)
{
    unsigned char point[65];
    size_t length = 0;
    if (!known(session))
        return SDR_INARGERR;
    if (index < 1 || index > KEYS || keys[index - 1] == NULL)
        return SDR_KEYNOTEXIST;
    if (!EVP_PKEY_get_octet_string_param(keys[index - 1], "pub", point, sizeof point, &length) || length != sizeof point)
        return SDR_SKOPERR;
    memset(key, 0, sizeof *key);
    key->bits = 256;
    memcpy(key->x + ELEMENT - 32, point + 1, 32);
    memcpy(key->y + ELEMENT - 32, point + 33, 32);
    return 0;
}

int SDF_ExportSignPublicKey_ECC(void *session, unsigned int index, ECCrefPublicKey *key) { return export(session, signing, index, key); }
int SDF_ExportEncPublicKey_ECC(void *session, unsigned int index, ECCrefPublicKey *key) { return export(session, encryption, index, key); }

int SDF_InternalSign_ECC(void *session, unsigned int index, unsigned char *data, unsigned int length, ECCSignature *out)
{
    unsigned char der[80];
    const unsigned char *cursor = der;
    size_t size = sizeof der;
    const BIGNUM *r, *s;
    if (!known(session) || length != 32)
        return SDR_INARGERR;
    if (index < 1 || index > KEYS)
        return SDR_KEYNOTEXIST;
    if (!granted[slot(session)][index - 1])
        return SDR_STEPERR;
#ifdef SIGNS_WITH_ANOTHER_KEY
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(other, NULL);
#else
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(signing[index - 1], NULL);
#endif
    int done = EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_sign(ctx, der, &size, data, length) == 1;
    EVP_PKEY_CTX_free(ctx);
    ECDSA_SIG *signature = done ? d2i_ECDSA_SIG(NULL, &cursor, (long)size) : NULL;
    if (signature == NULL)
        return SDR_SKOPERR;
    ECDSA_SIG_get0(signature, &r, &s);
    BN_bn2binpad(r, out->r, ELEMENT);
    BN_bn2binpad(s, out->s, ELEMENT);
    ECDSA_SIG_free(signature);
    return 0;
}

#ifndef WITHOUT_DECRYPT
/* Writes an INTEGER of 32 octets or fewer, an OCTET STRING, or a header, and returns where it ends. */
static unsigned char *header(unsigned char *to, unsigned char tag, size_t length)
{
    *to++ = tag;
    if (length < 128) {
        *to++ = (unsigned char)length;
    } else {
        *to++ = 0x82;
        *to++ = (unsigned char)(length >> 8);
        *to++ = (unsigned char)length;
    }
    return to;
}

static unsigned char *integer(unsigned char *to, const unsigned char *value)
{
    size_t skip = 0;
    while (skip < 31 && value[skip] == 0)
        skip++;
    size_t zero = value[skip] >> 7;
    to = header(to, 0x02, 32 - skip + zero);
    if (zero)
        *to++ = 0;
    memcpy(to, value + skip, 32 - skip);
    return to + 32 - skip;
}

int SDF_InternalDecrypt_ECC(void *session, unsigned int index, unsigned int algorithm, ECCCipher *in, unsigned char *out, unsigned int *length)
{
    unsigned char body[2048], der[2100], *end = body;
    size_t size = *length;
    if (!known(session) || algorithm != 0x00020800 || in->L == 0 || in->L > 1024)
        return SDR_INARGERR;
    if (index < 1 || index > KEYS || encryption[index - 1] == NULL)
        return SDR_KEYNOTEXIST;
    if (!granted[slot(session)][index - 1])
        return SDR_STEPERR;
    end = integer(integer(end, in->x + ELEMENT - 32), in->y + ELEMENT - 32);
    end = header(end, 0x04, 32);
    memcpy(end, in->M, 32);
    end = header(end + 32, 0x04, in->L);
    memcpy(end, in->C, in->L);
    end += in->L;
    unsigned char *start = header(der, 0x30, (size_t)(end - body));
    memcpy(start, body, (size_t)(end - body));
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(encryption[index - 1], NULL);
    int done = EVP_PKEY_decrypt_init(ctx) == 1
        && EVP_PKEY_decrypt(ctx, out, &size, der, (size_t)(start - der) + (size_t)(end - body)) == 1;
    EVP_PKEY_CTX_free(ctx);
    *length = (unsigned int)size;
    return done ? 0 : SDR_SKOPERR;
}
#endif
