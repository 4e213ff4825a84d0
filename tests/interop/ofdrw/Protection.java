import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PKCS7Padding;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.bouncycastle.jcajce.provider.asymmetric.util.ECUtil;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.util.encoders.Hex;
import org.dom4j.Element;
import org.dom4j.io.SAXReader;
import org.ofdrw.core.crypto.encryt.CT_EncryptInfo;
import org.ofdrw.core.crypto.encryt.DecyptSeed;
import org.ofdrw.core.crypto.encryt.EncryptEntries;
import org.ofdrw.core.crypto.encryt.EncryptEntry;
import org.ofdrw.core.crypto.encryt.Encryptions;
import org.ofdrw.core.crypto.encryt.UserInfo;
import org.ofdrw.crypto.OFDEncryptor;
import org.ofdrw.crypto.enryptor.UserCertEncryptor;
import org.ofdrw.crypto.enryptor.UserPasswordEncryptor;
import org.ofdrw.crypto.integrity.GMProtectSigner;
import org.ofdrw.crypto.integrity.GMProtectVerifier;
import org.ofdrw.crypto.integrity.OFDIntegrity;
import org.ofdrw.crypto.integrity.OFDIntegrityVerifier;
import org.ofdrw.gm.sm2strut.SM2Cipher;

/**
 * What ofdrw makes of GM/T 0099 protection. Reads one act a line from standard input, the words parted by tabs, and answers each
 * with one line: "OK ..." or "REFUSED ...".
 *
 *   encrypt  SOURCE TARGET CERTIFICATE...   ofdrw encrypts to certificates
 *   password SOURCE TARGET PASSWORD         ofdrw encrypts under a password
 *   open     SOURCE KEY                     what comes out for a key: NAME=SM3 of each file
 *   protect  SOURCE TARGET KEY CERTIFICATE  ofdrw signs the list of files
 *   list     SOURCE                         whether ofdrw finds the list right: true or false
 *
 * ofdrw-crypto 2.2.9 has no decryptor: "open" walks the package with ofdrw's own classes and decrypts with BouncyCastle.
 */
public final class Protection {
    private Protection() {
    }

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        PrintStream answers = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err); // ofdrw prints what it finds
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String answer;
            try {
                answer = "OK " + act(line.split("\t"));
            } catch (Exception error) {
                answer = "REFUSED " + error.getClass().getSimpleName() + " " + String.valueOf(error.getMessage()).replace('\n', ' ');
            }
            answers.println(answer);
        }
    }

    private static String act(String[] words) throws Exception {
        Path source = Path.of(words[1]);
        switch (words[0]) {
            case "encrypt":
                try (OFDEncryptor encryptor = new OFDEncryptor(source, Path.of(words[2]))) {
                    for (int at = 3; at < words.length; at++) {
                        encryptor.addUser(new UserCertEncryptor("user" + at, certificate(words[at])));
                    }
                    encryptor.encrypt();
                }
                return "encrypted";
            case "password":
                try (OFDEncryptor encryptor = new OFDEncryptor(source, Path.of(words[2]))) {
                    encryptor.addUser(new UserPasswordEncryptor("user", words[3]));
                    encryptor.encrypt();
                }
                return "encrypted";
            case "open":
                return open(source, key(words[2]));
            case "protect":
                try (OFDIntegrity integrity = new OFDIntegrity(source, Path.of(words[2]))) {
                    integrity.protect(new GMProtectSigner(key(words[3]), certificate(words[4])));
                }
                return "protected";
            case "list":
                return String.valueOf(new OFDIntegrityVerifier().integrity(source, new GMProtectVerifier()));
            default:
                throw new IllegalArgumentException(words[0]);
        }
    }

    private static Certificate certificate(String path) throws Exception {
        byte[] octets = Files.readAllBytes(Path.of(path));
        return CertificateFactory.getInstance("X.509", BouncyCastleProvider.PROVIDER_NAME)
            .generateCertificate(new ByteArrayInputStream(octets));
    }

    private static PrivateKey key(String path) throws Exception {
        byte[] octets = Files.readAllBytes(Path.of(path));
        return KeyFactory.getInstance("EC", BouncyCastleProvider.PROVIDER_NAME).generatePrivate(new PKCS8EncodedKeySpec(octets));
    }

    private static String open(Path source, PrivateKey key) throws Exception {
        Map<String, byte[]> files = new HashMap<>();
        try (ZipFile zip = new ZipFile(source.toFile())) {
            for (ZipEntry entry : java.util.Collections.list(zip.entries())) {
                files.put("/" + entry.getName(), zip.getInputStream(entry).readAllBytes());
            }
        }
        Map<String, String> found = new TreeMap<>();
        for (CT_EncryptInfo info : new Encryptions(xml(files.get("/Encryptions.xml"))).getEncryptInfos()) {
            DecyptSeed seed = new DecyptSeed(xml(files.get(info.getDecryptSeedLoc().toString())));
            ParametersWithIV parameters = unwrapped(seed, key);
            byte[] map = decrypted(parameters, files.get(info.getEntriesMapLoc().toString()));
            for (EncryptEntry entry : new EncryptEntries(xml(map)).getEncryptEntries()) {
                byte[] plain = decrypted(parameters, files.get(entry.getEPath().toString()));
                byte[] digest = MessageDigest.getInstance("SM3", BouncyCastleProvider.PROVIDER_NAME).digest(plain);
                found.put(entry.getPathA().toString(), Hex.toHexString(digest));
            }
        }
        StringBuilder told = new StringBuilder();
        found.forEach((name, digest) -> told.append(name).append('=').append(digest).append(' '));
        return told.toString().trim();
    }

    private static ParametersWithIV unwrapped(DecyptSeed seed, PrivateKey key) throws Exception {
        for (UserInfo user : seed.getUserInfos()) {
            try {
                SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
                engine.init(false, ECUtil.generatePrivateKeyParameter(key));
                byte[] cipher = SM2Cipher.getInstance(ASN1Primitive.fromByteArray(user.getEncryptedWK())).convertC1C3C2();
                byte[] fileKey = engine.processBlock(cipher, 0, cipher.length);
                return new ParametersWithIV(new KeyParameter(fileKey), user.getIVValue());
            } catch (org.bouncycastle.crypto.CryptoException another) {
                continue; // somebody else's
            }
        }
        throw new IllegalArgumentException("nobody this key could be");
    }

    private static byte[] decrypted(ParametersWithIV parameters, byte[] cipher) throws Exception {
        PaddedBufferedBlockCipher engine = new PaddedBufferedBlockCipher(new CBCBlockCipher(new SM4Engine()), new PKCS7Padding());
        engine.init(false, parameters);
        byte[] room = new byte[engine.getOutputSize(cipher.length)];
        int size = engine.processBytes(cipher, 0, cipher.length, room, 0);
        size += engine.doFinal(room, size);
        return java.util.Arrays.copyOf(room, size);
    }

    private static Element xml(byte[] octets) throws Exception {
        return new SAXReader().read(new ByteArrayInputStream(octets)).getRootElement();
    }
}
