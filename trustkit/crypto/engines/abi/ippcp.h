typedef int IppStatus;
typedef unsigned char Ipp8u;
typedef ... IppsGFpMethod;
typedef ... IppsGFpState;
typedef ... IppsGFpECState;
typedef ... IppsGFpECPoint;
typedef ... IppsBigNumState;
typedef ... IppsHashMethod;
typedef ... IppsECESState_SM2;
typedef ... IppsGFpECKeyExchangeSM2State;
const IppsHashMethod *ippsHashMethod_SM3_TT(void);
IppStatus ippsHashMessage_rmf(const Ipp8u *message, int length, Ipp8u *digest, const IppsHashMethod *method);
const IppsGFpMethod *ippsGFpMethod_p256sm2(void);
IppStatus ippsGFpGetSize(int bits, int *size);
IppStatus ippsGFpInitFixed(int bits, const IppsGFpMethod *method, IppsGFpState *field);
IppStatus ippsGFpECGetSize(const IppsGFpState *field, int *size);
IppStatus ippsGFpECInitStdSM2(const IppsGFpState *field, IppsGFpECState *curve);
IppStatus ippsGFpECBindGxyTblStdSM2(IppsGFpECState *curve);
IppStatus ippsGFpECScratchBufferSize(int scalars, const IppsGFpECState *curve, int *size);
IppStatus ippsGFpECPointGetSize(const IppsGFpECState *curve, int *size);
IppStatus ippsGFpECPointInit(const void *x, const void *y, IppsGFpECPoint *point, IppsGFpECState *curve);
IppStatus ippsGFpECSetPointOctString(const Ipp8u *text, int length, IppsGFpECPoint *p, IppsGFpECState *curve);
IppStatus ippsGFpECTstPoint(const IppsGFpECPoint *point, int *result, IppsGFpECState *curve);
IppStatus ippsBigNumGetSize(int words, int *size);
IppStatus ippsBigNumInit(int words, IppsBigNumState *number);
IppStatus ippsSetOctString_BN(const Ipp8u *text, int length, IppsBigNumState *number);
IppStatus ippsGetOctString_BN(Ipp8u *text, int length, const IppsBigNumState *number);
IppStatus ippsGFpECVerifySM2(const IppsBigNumState *digest, const IppsGFpECPoint *key, const IppsBigNumState *r,
    const IppsBigNumState *s, int *result, IppsGFpECState *curve, Ipp8u *scratch);
IppStatus ippsGFpECSignSM2(const IppsBigNumState *digest, const IppsBigNumState *key, IppsBigNumState *ephemeral,
    IppsBigNumState *r, IppsBigNumState *s, IppsGFpECState *curve, Ipp8u *scratch);
IppStatus ippsGFpECPublicKey(const IppsBigNumState *key, IppsGFpECPoint *point, IppsGFpECState *curve, Ipp8u *scratch);
IppStatus ippsGFpECGetPointOctString(const IppsGFpECPoint *p, Ipp8u *text, int length, IppsGFpECState *curve);
IppStatus ippsGFpECESGetSize_SM2(const IppsGFpECState *curve, int *size);
IppStatus ippsGFpECESInit_SM2(IppsGFpECState *curve, IppsECESState_SM2 *state, int size);
IppStatus ippsGFpECESSetKey_SM2(const IppsBigNumState *key, const IppsGFpECPoint *point, IppsECESState_SM2 *state,
    IppsGFpECState *curve, Ipp8u *scratch);
IppStatus ippsGFpECESStart_SM2(IppsECESState_SM2 *state);
IppStatus ippsGFpECESEncrypt_SM2(const Ipp8u *input, Ipp8u *output, int length, IppsECESState_SM2 *state);
IppStatus ippsGFpECESDecrypt_SM2(const Ipp8u *input, Ipp8u *output, int length, IppsECESState_SM2 *state);
IppStatus ippsGFpECESFinal_SM2(Ipp8u *tag, int length, IppsECESState_SM2 *state);
IppStatus ippsGFpECKeyExchangeSM2_GetSize(const IppsGFpECState *curve, int *size);
IppStatus ippsGFpECKeyExchangeSM2_Init(IppsGFpECKeyExchangeSM2State *state, int role, IppsGFpECState *curve);
IppStatus ippsGFpECKeyExchangeSM2_Setup(const Ipp8u *z_self, const Ipp8u *z_peer, const IppsGFpECPoint *key_self,
    const IppsGFpECPoint *key_peer, const IppsGFpECPoint *ephemeral_self, const IppsGFpECPoint *ephemeral_peer,
    IppsGFpECKeyExchangeSM2State *state);
IppStatus ippsGFpECKeyExchangeSM2_SharedKey(Ipp8u *key, int size, Ipp8u *confirmation, const IppsBigNumState *secret,
    IppsBigNumState *ephemeral, IppsGFpECKeyExchangeSM2State *state, Ipp8u *scratch);
IppStatus ippsGFpECKeyExchangeSM2_Confirm(const Ipp8u *peer, int *result, IppsGFpECKeyExchangeSM2State *state);
