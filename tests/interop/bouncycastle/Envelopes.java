import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Collection;
import java.util.Collections;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.cms.AuthEnvelopedData;
import org.bouncycastle.asn1.cms.CMSObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.EncryptedContentInfo;
import org.bouncycastle.asn1.cms.GCMParameters;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSAuthEnvelopedData;
import org.bouncycastle.cms.CMSEnvelopedData;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyTransAuthEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;

/**
 * Envelopes and streamed messages, for Check. BouncyCastle 1.72 reads the syntax and has every algorithm, but no key transport
 * by SM2 in its CMS layer: there the recipient's octets go from its parser to its SM2 engine by hand.
 */
final class Envelopes {
    private Envelopes() {}

    /** Returns the digest (SHA-256, hexadecimal) of what an envelope for one RSA key holds, by BouncyCastle's CMS layer. */
    static String openRsa(String message, String key) throws Exception {
        byte[] octets = read(message);
        PrivateKey secret = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(read(key)));
        ContentInfo info = ContentInfo.getInstance(octets);
        Collection<RecipientInformation> recipients;
        if (info.getContentType().equals(CMSObjectIdentifiers.authEnvelopedData)) {
            recipients = new CMSAuthEnvelopedData(octets).getRecipientInfos().getRecipients();
            return digest(recipients.iterator().next().getContent(new JceKeyTransAuthEnvelopedRecipient(secret).setProvider("BC")));
        }
        recipients = new CMSEnvelopedData(octets).getRecipientInfos().getRecipients();
        return digest(recipients.iterator().next().getContent(new JceKeyTransEnvelopedRecipient(secret).setProvider("BC")));
    }

    /** Returns the same for an SM2 key; with signatures inside, those who signed, found to be right over what was opened. */
    static String openSm2(String message, String key, boolean signed) throws Exception {
        ContentInfo info = ContentInfo.getInstance(read(message));
        ASN1Sequence body = ASN1Sequence.getInstance(info.getContent());
        ASN1Set recipients = ASN1Set.getInstance(body.getObjectAt(1));
        ASN1Sequence recipient = ASN1Sequence.getInstance(recipients.getObjectAt(0));
        byte[] contentKey = unwrap(ASN1OctetString.getInstance(recipient.getObjectAt(3)).getOctets(), key);
        if (info.getContentType().equals(CMSObjectIdentifiers.authEnvelopedData)) {
            AuthEnvelopedData data = AuthEnvelopedData.getInstance(info.getContent());
            return digest(openGcm(data.getAuthEncryptedContentInfo(), data.getMac().getOctets(), contentKey));
        }
        EncryptedContentInfo encrypted = EncryptedContentInfo.getInstance(body.getObjectAt(signed ? 3 : 2));
        byte[] content = openCbc(encrypted, contentKey);
        return digest(content) + (signed ? " " + signers(body, encrypted.getContentType(), content) : "");
    }

    /** Writes a message as BouncyCastle streams it: BER, SM3withSM2, the content inside. */
    static String stream(String key, String certificate, String content, String out) throws Exception {
        PrivateKey secret = KeyFactory.getInstance("EC", "BC").generatePrivate(new PKCS8EncodedKeySpec(read(key)));
        X509Certificate own = (X509Certificate) CertificateFactory.getInstance("X.509", "BC")
                .generateCertificate(new java.io.ByteArrayInputStream(read(certificate)));
        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(
                new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC").build("SM3WITHSM2", secret, own));
        generator.addCertificates(new JcaCertStore(Collections.singletonList(own)));
        Files.write(Path.of(out), generator.generate(new CMSProcessableByteArray(read(content)), true).getEncoded("BER"));
        return "written";
    }

    private static String signers(ASN1Sequence body, ASN1ObjectIdentifier kind, byte[] content) throws Exception {
        ASN1Set certificates = ASN1Set.getInstance(ASN1TaggedObject.getInstance(body.getObjectAt(4)), false);
        SignedData data = new SignedData(
                ASN1Set.getInstance(body.getObjectAt(2)),
                new ContentInfo(kind, new DEROctetString(content)),
                certificates,
                null,
                ASN1Set.getInstance(body.getObjectAt(body.size() - 1)));
        return Check.signers(new ContentInfo(CMSObjectIdentifiers.signedData, data).getEncoded());
    }

    private static byte[] unwrap(byte[] encrypted, String key) throws Exception {
        ASN1Sequence parts = ASN1Sequence.getInstance(encrypted);
        byte[] hash = ASN1OctetString.getInstance(parts.getObjectAt(2)).getOctets();
        byte[] masked = ASN1OctetString.getInstance(parts.getObjectAt(3)).getOctets();
        byte[] raw = new byte[65 + hash.length + masked.length];
        raw[0] = 4;
        put(raw, 1, ASN1Integer.getInstance(parts.getObjectAt(0)).getPositiveValue());
        put(raw, 33, ASN1Integer.getInstance(parts.getObjectAt(1)).getPositiveValue());
        System.arraycopy(hash, 0, raw, 65, hash.length);
        System.arraycopy(masked, 0, raw, 65 + hash.length, masked.length);
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(false, (ECPrivateKeyParameters) PrivateKeyFactory.createKey(read(key)));
        return engine.processBlock(raw, 0, raw.length);
    }

    private static void put(byte[] raw, int place, BigInteger value) {
        byte[] octets = value.toByteArray();
        int length = Math.min(octets.length, 32);
        System.arraycopy(octets, octets.length - length, raw, place + 32 - length, length);
    }

    private static byte[] openCbc(EncryptedContentInfo info, byte[] key) throws Exception {
        byte[] iv = ASN1OctetString.getInstance(info.getContentEncryptionAlgorithm().getParameters()).getOctets();
        Cipher cipher = Cipher.getInstance("SM4/CBC/PKCS7Padding", "BC");
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "SM4"), new IvParameterSpec(iv));
        return cipher.doFinal(info.getEncryptedContent().getOctets());
    }

    private static byte[] openGcm(EncryptedContentInfo info, byte[] tag, byte[] key) throws Exception {
        GCMParameters parameters = GCMParameters.getInstance(info.getContentEncryptionAlgorithm().getParameters());
        Cipher cipher = Cipher.getInstance("SM4/GCM/NoPadding", "BC");
        GCMParameterSpec spec = new GCMParameterSpec(8 * parameters.getIcvLen(), parameters.getNonce());
        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "SM4"), spec);
        cipher.update(new byte[0]);
        byte[] body = info.getEncryptedContent().getOctets();
        byte[] whole = java.util.Arrays.copyOf(body, body.length + tag.length);
        System.arraycopy(tag, 0, whole, body.length, tag.length);
        return cipher.doFinal(whole);
    }

    private static String digest(byte[] octets) throws Exception {
        return new BigInteger(1, MessageDigest.getInstance("SHA-256").digest(octets)).toString(16);
    }

    private static byte[] read(String file) throws Exception {
        return Files.readAllBytes(Path.of(file));
    }
}
