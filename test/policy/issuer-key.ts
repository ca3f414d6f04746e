// The public key of an issuer of private tokens that nobody has the other half of, as RFC 9578 has
// such keys published.

const TEXT = `
MIIBUjA9BgkqhkiG9w0BAQowMKANMAsGCWCGSAFlAwQCAqEaMBgGCSqGSIb3DQEBCDALBglghkgBZQMEAgKiAwIBMAOCAQ8A
MIIBCgKCAQEA1LBNlD_Kfc0ok2eabOWMgww3Oo-49Or942vgJsQm94xJ3bHTN6deJUcuU8NKXJLTSHKNjWqO-YcP_sJj_XtQ
GXOuf7EVV9cluT4hcwPEgo1tywuypJCTfhzTDU_Xeov6t_zTtQFN06gX-JP13ZHEHuBH0mAhHp6gk_BMc8zR9fVw0e4FLDvo
dgMH4Owi-IMKWmoPHORnhyGg1hnEQtrzyL73B4Lbyo2kWPZTPTXFEAvwOM5Fi44DMOdjP0sW9Qz51jevGo0kTsD40dpx9TeN
ZgZDDPMRlXdCmnTI7xeVdNXWrHO9DeqKXLxghnLNZe9nlSzs_mcq1nsc3pDLbFo9SwIDAQAB`;

export const ISSUER_KEY = TEXT.replaceAll('\n', '');
