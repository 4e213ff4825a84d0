import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import org.bouncycastle.asn1.pkcs.ContentInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.InputDecryptorProvider;
import org.bouncycastle.operator.bc.BcDefaultDigestProvider;
import org.bouncycastle.pkcs.PKCS12PfxPdu;
import org.bouncycastle.pkcs.PKCS12SafeBag;
import org.bouncycastle.pkcs.PKCS12SafeBagFactory;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.bc.BcPKCS12MacCalculatorBuilderProvider;
import org.bouncycastle.pkcs.jcajce.JcePKCSPBEInputDecryptorProviderBuilder;

/**
 * Opens PKCS#12 files (passphrase first, then files): proves the code, decrypts, prints the PrivateKeyInfo. Of files
 * named *-sm.p12 the code alone: version 1.72 finds no cipher by the OID of SM4-CBC.
 */
public final class OpenPkcs12 {
    private OpenPkcs12() {}

    public static void main(String[] words) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        for (int index = 1; index < words.length; index++) {
            System.out.println(answer(Files.readAllBytes(Path.of(words[index])), words[0].toCharArray(), words[index].endsWith("-sm.p12")));
        }
    }

    private static String answer(byte[] octets, char[] passphrase, boolean onlyCode) throws Exception {
        PKCS12PfxPdu pfx = new PKCS12PfxPdu(octets);
        if (!pfx.isMacValid(new BcPKCS12MacCalculatorBuilderProvider(BcDefaultDigestProvider.INSTANCE), passphrase)) {
            return "REFUSED the integrity code is wrong";
        }
        if (onlyCode) {
            return "OK code";
        }
        InputDecryptorProvider opener =
                new JcePKCSPBEInputDecryptorProviderBuilder().setProvider("BC").build(passphrase);
        int certificates = 0;
        String key = "none";
        for (ContentInfo info : pfx.getContentInfos()) {
            boolean encrypted = info.getContentType().equals(PKCSObjectIdentifiers.encryptedData);
            PKCS12SafeBagFactory bags =
                    encrypted ? new PKCS12SafeBagFactory(info, opener) : new PKCS12SafeBagFactory(info);
            for (PKCS12SafeBag bag : bags.getSafeBags()) {
                if (bag.getType().equals(PKCSObjectIdentifiers.certBag)) {
                    certificates++;
                } else {
                    PrivateKeyInfo opened =
                            ((PKCS8EncryptedPrivateKeyInfo) bag.getBagValue()).decryptPrivateKeyInfo(opener);
                    key = java.util.HexFormat.of().formatHex(opened.getEncoded());
                }
            }
        }
        return "OK " + certificates + " " + key;
    }
}
