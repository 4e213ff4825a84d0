import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.ParametersWithIV;

/**
 * A second opinion on key containers: opens the DER file named, with the passphrase on standard input, and prints the SM2
 * scalar. Structures, PBKDF2, HMAC-SM3 and SM4-CBC are BouncyCastle's; 1.72 has them all, but does not join them by OID.
 */
public class OpenKey {
    public static void main(String[] arguments) throws Exception {
        String passphrase = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        EncryptedPrivateKeyInfo container = EncryptedPrivateKeyInfo.getInstance(Files.readAllBytes(Path.of(arguments[0])));
        require(container.getEncryptionAlgorithm().getAlgorithm().equals(PKCSObjectIdentifiers.id_PBES2));
        PBES2Parameters scheme = PBES2Parameters.getInstance(container.getEncryptionAlgorithm().getParameters());
        require(scheme.getKeyDerivationFunc().getAlgorithm().equals(PKCSObjectIdentifiers.id_PBKDF2));
        PBKDF2Params kdf = PBKDF2Params.getInstance(scheme.getKeyDerivationFunc().getParameters());
        require(kdf.getPrf().getAlgorithm().equals(GMObjectIdentifiers.hmac_sm3));
        require(scheme.getEncryptionScheme().getAlgorithm().equals(GMObjectIdentifiers.sm_scheme.branch("104.2")));
        byte[] iv = ASN1OctetString.getInstance(scheme.getEncryptionScheme().getParameters()).getOctets();
        PKCS5S2ParametersGenerator generator = new PKCS5S2ParametersGenerator(new SM3Digest());
        generator.init(passphrase.getBytes(StandardCharsets.UTF_8), kdf.getSalt(), kdf.getIterationCount().intValueExact());
        PaddedBufferedBlockCipher cipher = new PaddedBufferedBlockCipher(new CBCBlockCipher(new SM4Engine()));
        cipher.init(false, new ParametersWithIV(generator.generateDerivedParameters(128), iv));
        byte[] encrypted = container.getEncryptedData();
        byte[] plain = new byte[cipher.getOutputSize(encrypted.length)];
        int size = cipher.processBytes(encrypted, 0, encrypted.length, plain, 0);
        size += cipher.doFinal(plain, size);
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(Arrays.copyOf(plain, size));
        require(info.getPrivateKeyAlgorithm().getParameters().equals(GMObjectIdentifiers.sm2p256v1));
        System.out.println(String.format("%064x", ECPrivateKey.getInstance(info.parsePrivateKey()).getKey()));
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalStateException("another algorithm than agreed");
        }
    }
}
